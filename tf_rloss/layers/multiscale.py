"""Layers of DeepLab-MSc, whose graph is finer when predicting than when training."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tf_rloss.checks import check_integer
from tf_rloss.layers.shapes import Shape

_FIXED = ("strides", "padding", "data_format", "dilation_rate", "groups", "use_bias")
"""Arguments of a convolution that `FineConv2D` does not take."""


@keras.saving.register_keras_serializable(package="tf_rloss")
class FineConv2D(keras.layers.Conv2D):
    """A convolution that is strided when training and has stride 1 when predicting.

    On sizes stride k + 1, cell (i, j) of the strided result is cell (stride i,
    stride j) of the other. Padding is "same", and there is a bias.

    Args:
        filters: number of channels of the result.
        kernel_size: rows and columns of the kernel.
        training_strides: stride in rows and columns when training, at least 1.
        **kwargs: other arguments of `keras.layers.Conv2D`, such as `activation`.

    Call arguments:
        inputs: float tensor (B, H, W, C).
        training: whether to use the stride.

    Returns:
        Tensor (B, H, W, filters), or of the strided size.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        training_strides: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, padding="same", **kwargs)
        check_integer("training_strides", training_strides, 1)
        self.training_strides = int(training_strides)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        stride = self.training_strides if training else 1
        x = keras.ops.conv(inputs, self.kernel, stride, self.padding)
        return self.activation(x + self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        # The size depends on the mode, so only the channels are known.
        return (input_shape[0], None, None, self.filters)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {
            "training_strides": self.training_strides,
            **{name: config[name] for name in config if name not in _FIXED},
        }


@keras.saving.register_keras_serializable(package="tf_rloss")
class SumCorners(keras.layers.Layer):
    """Adds feature maps of several strides, and enlarges the sum to a reference.

    Interpolation is bilinear with corners aligned, in float32. When training, all maps
    have one size, so they are added before they are enlarged: the result is the same
    and costs less.

    Call arguments:
        inputs: list of float tensors (B, h, w, C); h and w may differ when
            predicting.
        reference: tensor (B, H, W, any); only its shape is used.
        training: whether all inputs have one size.

    Returns:
        Tensor (B, H, W, C) in the layer's compute dtype.
    """

    def call(
        self,
        inputs: Sequence[tf.Tensor],
        reference: tf.Tensor,
        training: bool | None = None,
    ) -> tf.Tensor:
        size = tf.shape(reference)[1:3]
        maps = [tf.add_n(inputs)] if training else inputs
        enlarged = [
            tf.raw_ops.ResizeBilinear(images=x, size=size, align_corners=True)
            for x in maps
        ]
        return tf.cast(tf.add_n(enlarged), self.compute_dtype)

    def compute_output_shape(
        self, inputs_shape: Sequence[Shape], reference_shape: Shape
    ) -> Shape:
        return (*reference_shape[:3], inputs_shape[-1][-1])
