"""The image normalization of networks that come from Caffe."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tf_rloss.layers.shapes import Shape


@keras.saving.register_keras_serializable(package="tf_rloss")
class CaffeNormalization(keras.layers.Layer):
    """Converts RGB to BGR and subtracts a mean colour, without scaling.

    From each channel of an image that is not RGB, the mean of the three numbers is
    subtracted.

    Args:
        mean_bgr: the mean blue, green and red, in [0, 255]. The default is that of
            keras.applications' ResNets.

    Call arguments:
        inputs: float tensor (B, H, W, 3), RGB in [0, 255], or (B, H, W, C).

    Returns:
        Tensor of the shape of `inputs`, around zero; BGR for RGB.
    """

    def __init__(
        self,
        mean_bgr: Sequence[float] = (103.939, 116.779, 123.68),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(mean_bgr) != 3:
            raise ValueError(
                "`mean_bgr` must hold blue, green and red. "
                f"Received: mean_bgr={mean_bgr}"
            )
        self.mean_bgr = tuple(float(mean) for mean in mean_bgr)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if inputs.shape[-1] != 3:
            return inputs - tf.constant(sum(self.mean_bgr) / 3.0, inputs.dtype)
        return inputs[..., ::-1] - tf.constant(self.mean_bgr, inputs.dtype)

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean_bgr": self.mean_bgr}
