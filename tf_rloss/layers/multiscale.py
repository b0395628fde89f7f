"""Layers of DeepLab-MSc, whose graph is finer when predicting than when training."""

import keras
import tensorflow as tf

from tf_rloss.checks import check_integer

_FIXED = ("strides", "padding", "data_format", "dilation_rate", "groups", "use_bias")
"""Arguments of a convolution that `FineConv2D` does not take."""


@keras.saving.register_keras_serializable(package="tf_rloss")
class FineConv2D(keras.layers.Conv2D):
    """A convolution with strides when training, and with none when predicting.

    On sizes stride k + 1, cell (i, j) of the strided result is cell (stride i,
    stride j) of the other. Padding is "same", and there is a bias.

    Args:
        filters: number of channels of the result.
        kernel_size: rows and columns of the kernel.
        training_strides: rows and columns from one cell to the next when training.
        **kwargs: activation, initializers and the like of `keras.layers.Conv2D`.

    Call arguments:
        inputs: float tensor (B, H, W, C).
        training: whether to use the strides.

    Returns:
        Tensor (B, H, W, filters), or of the strided size.
    """

    def __init__(self, filters, kernel_size, training_strides=1, **kwargs):
        super().__init__(filters, kernel_size, padding="same", **kwargs)
        check_integer("training_strides", training_strides, 1)
        self.training_strides = int(training_strides)

    def call(self, inputs, training=None):
        stride = self.training_strides if training else 1
        x = keras.ops.conv(inputs, self.kernel, stride, self.padding)
        return self.activation(x + self.bias)

    def compute_output_shape(self, input_shape):
        # What the graph does depends on the mode, so only the channels are known.
        return (input_shape[0], None, None, self.filters)

    def get_config(self):
        config = super().get_config()
        return {
            "training_strides": self.training_strides,
            **{name: config[name] for name in config if name not in _FIXED},
        }


@keras.saving.register_keras_serializable(package="tf_rloss")
class SumCorners(keras.layers.Layer):
    """Adds feature maps of several strides, and enlarges the sum to a reference.

    Interpolation is bilinear with corners aligned, in float32. When training all maps
    have one size, and are added before they are enlarged, which gives the same for
    less.

    Call arguments:
        inputs: list of float tensors (B, h, w, C), of any h and w when predicting.
        reference: tensor (B, H, W, any); only its shape is used.
        training: whether all inputs have one size.

    Returns:
        Tensor (B, H, W, C) in the layer's compute dtype.
    """

    def call(self, inputs, reference, training=None):
        size = tf.shape(reference)[1:3]
        maps = [tf.add_n(inputs)] if training else inputs
        enlarged = [
            tf.raw_ops.ResizeBilinear(images=x, size=size, align_corners=True)
            for x in maps
        ]
        return tf.cast(tf.add_n(enlarged), self.compute_dtype)

    def compute_output_shape(self, inputs_shape, reference_shape):
        return (*reference_shape[:3], inputs_shape[-1][-1])
