"""The common part of the layers `DenseCRF` and `CRFAsRNN`."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import check_rank
from tf_rloss.layers.shapes import Shape
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
        return ops.DenseCRFSettings.of(self)

    def infer(
        self,
        inputs: tf.Tensor,
        image: tf.Tensor,
        region: tf.Tensor | None,
        mixtures: Sequence[Mixture],
        num_iterations: int,
    ) -> tf.Tensor:
        """Runs mean-field inference.

        Args:
            inputs: float tensor (B, H, W, K), or (B, D, H, W, K), probabilities or
                logits.
            image: tensor (B, H, W, C), or (B, D, H, W, C).
            region: None, or the region of interest, as for `call`.
            mixtures: mixtures of the bilateral and of the spatial kernel; see
                `ops.mean_field`.
            num_iterations: number of updates.

        Returns:
            Q of the shape of `inputs`.
        """
        settings = self.settings
        axes = "H, W" if settings.axes == 2 else "D, H, W"
        expected = f"probabilities or logits (B, {axes}, K)"
        inputs = check_rank("inputs", inputs, settings.axes + 2, expected)
        logits = inputs if self.from_logits else log_probs(inputs)
        return settings.infer(
            logits,
            tf.stop_gradient(image),
            region if region is None else tf.stop_gradient(region),
            mixtures=mixtures,
            num_iterations=num_iterations,
        )

    def compute_output_shape(
        self, inputs_shape: Shape, image_shape: Shape, region_shape: Shape | None = None
    ) -> Shape:
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **dataclasses.asdict(self.settings),
            "from_logits": self.from_logits,
        }
