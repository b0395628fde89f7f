"""Layers that pad an image to a whole number of cells and crop the output again."""

from typing import Any

import keras
import tensorflow as tf

from tf_rloss.checks import check_integer
from tf_rloss.layers.shapes import Shape


@keras.saving.register_keras_serializable(package="tf_rloss")
class PadToMultiple(keras.layers.Layer):
    """Pads the bottom and the right, so that H and W are multiples of `multiple`.

    A strided convolution with "same" padding starts at another pixel when the size is
    odd. So the features of a 97 px image would be shifted against those of the 96 px
    images that the network was trained on, by up to `multiple` pixels in deep layers.
    On a whole number of cells there is no shift. The border's pixels are repeated.

    Args:
        multiple: height and width are rounded up to a multiple of this, in pixels.

    Call arguments:
        inputs: float tensor (B, H, W, C), H and W at least 1.

    Returns:
        Tensor (B, H', W', C).
    """

    def __init__(self, multiple: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("multiple", multiple, 1, note="pixels")
        self.multiple = int(multiple)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        for axis in (1, 2):
            size = inputs.shape[axis]
            if size is None or size % self.multiple:
                inputs = tf.gather(inputs, self._rows(inputs, axis), axis=axis)
        return inputs

    def _rows(self, inputs: tf.Tensor, axis: int) -> tf.Tensor:
        """Returns 0, 1, ..., n - 1, and then n - 1 until the multiple is full."""
        size = tf.shape(inputs)[axis]
        # Of positive numbers: runtimes differ in how they round quotients below zero.
        blocks = (size + self.multiple - 1) // self.multiple
        return tf.minimum(tf.range(blocks * self.multiple), size - 1)

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        batch, *sizes, channels = inputs_shape
        padded = (n and -(-n // self.multiple) * self.multiple for n in sizes)
        return (batch, *padded, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiple": self.multiple}


@keras.saving.register_keras_serializable(package="tf_rloss")
class CropLike(keras.layers.Layer):
    """Crops `inputs` at the bottom and the right to the size of `reference`.

    Call arguments:
        inputs: tensor (B, H', W', C).
        reference: tensor (B, H, W, any) with H <= H', W <= W'; only its shape is used.

    Returns:
        Tensor (B, H, W, C).
    """

    def call(self, inputs: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
        size = tf.shape(reference)
        return inputs[:, : size[1], : size[2]]

    def compute_output_shape(
        self, inputs_shape: Shape, reference_shape: Shape
    ) -> Shape:
        return (inputs_shape[0], *reference_shape[1:3], inputs_shape[-1])
