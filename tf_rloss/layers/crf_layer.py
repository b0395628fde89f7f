"""The common part of the layers `DenseCRF` and `CRFAsRNN`."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import check_rank
from tf_rloss.layers.shapes import Shape
from tf_rloss.ops.bilateral import split_region
from tf_rloss.ops.dense_crf import log_probs
from tf_rloss.ops.mean_field import Mixture


class CRFLayer(keras.layers.Layer):
    """A layer that refines a segmentation by mean-field inference in a dense CRF.

    Args:
        settings: the settings of the CRF, each of which becomes an attribute.
        from_logits: whether the layer is called with logits instead of probabilities.
        **kwargs: arguments of `keras.layers.Layer`. `dtype` is "float32" by default
            under every policy, since sums over pixels overflow float16.
    """

    def __init__(
        self, settings: ops.DenseCRFSettings, *, from_logits: bool, **kwargs: Any
    ) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        for name, value in dataclasses.asdict(settings).items():
            setattr(self, name, value)
        self.from_logits = bool(from_logits)
        self.supports_jit = ops.has_xla_kernels()

    @property
    def settings(self) -> ops.DenseCRFSettings:
        """The settings of the CRF."""
        names = (field.name for field in dataclasses.fields(ops.DenseCRFSettings))
        return ops.DenseCRFSettings(**{name: getattr(self, name) for name in names})

    def infer(
        self,
        inputs: tf.Tensor,
        image: tf.Tensor,
        mixtures: Sequence[Mixture],
        num_iterations: int,
    ) -> tf.Tensor:
        """Runs mean-field inference.

        Args:
            inputs: float tensor (B, H, W, K), probabilities or logits.
            image: tensor (B, H, W, 3), or (B, H, W, 4) with the region of interest.
            mixtures: mixtures of the bilateral and of the spatial kernel; see
                `ops.mean_field`.
            num_iterations: number of updates.

        Returns:
            Q (B, H, W, K).
        """
        inputs = check_rank("inputs", inputs, 4, "probabilities or logits (B, H, W, K)")
        logits = inputs if self.from_logits else log_probs(inputs)
        image, region = split_region(tf.stop_gradient(image))
        return self.settings.infer(
            logits, image, region, mixtures=mixtures, num_iterations=num_iterations
        )

    def compute_output_shape(self, inputs_shape: Shape, image_shape: Shape) -> Shape:
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **dataclasses.asdict(self.settings),
            "from_logits": self.from_logits,
        }
