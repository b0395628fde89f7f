"""The dense CRF as a layer without weights, which post-processes segmentations."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tf_rloss import ops
from tf_rloss.layers.crf_layer import CRFLayer

_PUBLISHED = (
    "bilateral_weight",
    "sigma_xy",
    "sigma_color",
    "spatial_weight",
    "spatial_sigma_xy",
)
PUBLISHED_CRFS = {
    system: dict(zip(_PUBLISHED, numbers, strict=True))
    for system, numbers in {
        "deeplab_largefov": (4.0, 49.0, 5.0, 3.0, 3.0),
        "deeplab_msc_largefov": (4.0, 83.0, 5.0, 3.0, 3.0),
        "deeplab_vgg16": (4.0, 65.0, 3.0, 2.0, 2.0),
        "deeplab_resnet101": (4.0, 67.0, 3.0, 3.0, 1.0),
        "sec": (10.0, 80.0, 13.0, 3.0, 3.0),
    }.items()
}
"""Published settings of `DenseCRF` by system, for images of PASCAL VOC.

All systems use 10 iterations and the symmetric normalization.
"""


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRF(CRFLayer):
    """Refines probabilities by mean-field inference in a dense CRF over the image.

        Q <- softmax(log S + bilateral_weight K~_b Q + spatial_weight K~_s Q)

    with the Gaussian kernels K_b over position and colour and K_s over position alone,
    and the Potts model; see `ops.mean_field`. It has no weights. Gradients reach the
    probabilities, but not the image. The defaults are DeepLab-LargeFOV's.

    Args:
        num_iterations: number of updates, at least 0.
        bilateral_weight: weight of messages from near pixels of similar colour, at
            least 0.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: weight of messages from near pixels of any colour, at least 0.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels, a
            number or one for each of x, y and z.
        normalization: "symmetric" (published default), "before", "after" or "none",
            for both kernels; see `ops.PairwiseKernel`.
        self_term: whether a pixel sends a message to itself; True in all published
            implementations.
        compatibility: None for the Potts model, or a matrix (K, K) whose element
            (a, b) is the cost of class b beside class a. Both weights multiply it.
        from_logits: whether the layer is called with logits instead of probabilities.
        **kwargs: arguments of `keras.layers.Layer`; `dtype` is "float32" by default.

    Call arguments:
        inputs: float tensor (B, H, W, K), or (B, D, H, W, K) of volumes,
            probabilities, or logits.
        image: tensor (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a
            volume (B, D, H, W, C) with C from 1 to 5, if `sigma_xyz` is given.
        region: None, or a tensor of the shape of the image but one channel: 1 inside
            the region of interest and 0 where pixels neither give nor receive.

    Returns:
        Tensor of the shape of `inputs` and the layer's compute dtype; sums to 1 over
        K.

    Raises:
        ValueError: for an argument out of range.

    Example:
        >>> refine = DenseCRF(**PUBLISHED_CRFS["deeplab_vgg16"])
        >>> probs = refine(segmenter(image), image)

    Reference:
        Krähenbühl, Koltun: Efficient Inference in Fully Connected CRFs with Gaussian
        Edge Potentials, NIPS 2011.
    """

    def __init__(
        self,
        num_iterations: int = 10,
        *,
        bilateral_weight: float = 4.0,
        sigma_xy: float = 49.0,
        sigma_xyz: float | Sequence[float] | None = None,
        sigma_color: float | Sequence[float] = 5.0,
        spatial_weight: float = 3.0,
        spatial_sigma_xy: float = 3.0,
        spatial_sigma_xyz: float | Sequence[float] | None = None,
        normalization: str = "symmetric",
        self_term: bool = True,
        compatibility: ArrayLike | None = None,
        from_logits: bool = False,
        **kwargs: Any,
    ) -> None:
        settings = ops.DenseCRFSettings(
            num_iterations=num_iterations,
            bilateral_weight=bilateral_weight,
            sigma_xy=sigma_xy,
            sigma_xyz=sigma_xyz,
            sigma_color=sigma_color,
            spatial_weight=spatial_weight,
            spatial_sigma_xy=spatial_sigma_xy,
            spatial_sigma_xyz=spatial_sigma_xyz,
            normalization=normalization,
            self_term=self_term,
        )
        super().__init__(settings, from_logits=from_logits, **kwargs)
        if compatibility is not None:
            compatibility = np.asarray(compatibility, np.float32)
            if compatibility.ndim != 2 or len(set(compatibility.shape)) > 1:
                raise ValueError(
                    "`compatibility` must be None or a square matrix (K, K). "
                    f"Received: shape={compatibility.shape}"
                )
        self.compatibility = compatibility

    def call(
        self, inputs: tf.Tensor, image: tf.Tensor, region: tf.Tensor | None = None
    ) -> tf.Tensor:
        mixtures = (self.bilateral_weight, self.spatial_weight)
        if self.compatibility is not None:
            mixtures = [w and -w * self.compatibility for w in mixtures]
        return self.infer(inputs, image, region, mixtures, self.num_iterations)

    def get_config(self) -> dict[str, Any]:
        matrix = self.compatibility
        if matrix is not None:
            matrix = matrix.tolist()
        return {**super().get_config(), "compatibility": matrix}
