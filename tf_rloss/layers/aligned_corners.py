"""The geometry of Caffe's DeepLabs, whose cells are centred on every s-th pixel.

With sizes s k + 1, 3x3 windows and strides of two, cell (i, j) of a feature map of
stride s lies exactly on pixel (s i, s j), the first and the last cells on the corners.
"""

from typing import Any

import keras
import tensorflow as tf

from tf_rloss.checks import check_integer
from tf_rloss.layers.shapes import Shape


@keras.saving.register_keras_serializable(package="tf_rloss")
class PadToCorners(keras.layers.Layer):
    """Pads the bottom and the right with zeros, so that H and W are stride k + 1.

    On such a size "same" padding pads a 3x3 window of stride 2 by one cell on every
    side, as Caffe does with `pad: 1`, down to `stride`. Zero is the mean colour of a
    normalized image.

    Args:
        stride: pixels per cell of the coarsest feature map, a power of two.

    Call arguments:
        inputs: float tensor (B, H, W, C), H and W at least 1.

    Returns:
        Tensor (B, H', W', C) with H', W' the next stride k + 1.
    """

    def __init__(self, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("stride", stride, 1, note="pixels")
        self.stride = int(stride)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        size = tf.shape(inputs)[1:3]
        missing = tf.math.floormod(1 - size, self.stride)
        padded = tf.pad(inputs, [[0, 0], [0, missing[0]], [0, missing[1]], [0, 0]])
        padded.set_shape(self.compute_output_shape(inputs.shape))
        return padded

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        batch, *sizes, channels = inputs_shape
        padded = (n and n + (1 - n) % self.stride for n in sizes)
        return (batch, *padded, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stride": self.stride}


@keras.saving.register_keras_serializable(package="tf_rloss")
class UpsampleCorners(keras.layers.Layer):
    """Enlarges bilinearly from n to factor (n - 1) + 1 cells: corners stay corners.

    It is Caffe's `Interp` with `zoom_factor`. Output cell (factor i, factor j) is the
    input's cell (i, j). The values are computed in float32.

    Args:
        factor: factor by which distances between cells grow, at least 1.

    Call arguments:
        inputs: float tensor (B, h, w, C).

    Returns:
        Tensor (B, factor (h - 1) + 1, factor (w - 1) + 1, C) in the layer's compute
        dtype.
    """

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("factor", factor, 1)
        self.factor = int(factor)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return _resize(self, inputs, (tf.shape(inputs)[1:3] - 1) * self.factor + 1)

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        batch, *sizes, channels = inputs_shape
        enlarged = (n and (n - 1) * self.factor + 1 for n in sizes)
        return (batch, *enlarged, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="tf_rloss")
class ScaleCorners(keras.layers.Layer):
    """Resizes bilinearly from s k + 1 to z k + 1 cells: corners stay corners.

    It is Caffe's `Interp` with `shrink_factor` s and `zoom_factor` z: distances between
    cells are divided by s and multiplied by z. With z = 1 it keeps every s-th cell. The
    values are computed in float32.

    Args:
        zoom: factor z, at least 1.
        shrink: divisor s, at least 1.

    Call arguments:
        inputs: float tensor (B, s m + 1, s n + 1, C).

    Returns:
        Tensor (B, z m + 1, z n + 1, C) in the layer's compute dtype.
    """

    def __init__(self, zoom: int, shrink: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("zoom", zoom, 1)
        check_integer("shrink", shrink, 1)
        self.zoom, self.shrink = int(zoom), int(shrink)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        steps = (tf.shape(inputs)[1:3] - 1) // self.shrink
        return _resize(self, inputs, steps * self.zoom + 1)

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        batch, *sizes, channels = inputs_shape
        resized = (n and (n - 1) // self.shrink * self.zoom + 1 for n in sizes)
        return (batch, *resized, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "zoom": self.zoom, "shrink": self.shrink}


def _resize(layer: keras.layers.Layer, inputs: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Resizes with corners aligned to `size`, which `layer` computes for `inputs`."""
    resized = tf.raw_ops.ResizeBilinear(images=inputs, size=size, align_corners=True)
    resized.set_shape(layer.compute_output_shape(inputs.shape))
    return tf.cast(resized, layer.compute_dtype)
