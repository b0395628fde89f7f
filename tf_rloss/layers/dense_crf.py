"""The dense CRF as a layer without weights: post-processing of a segmentation."""

import keras
import numpy as np

from tf_rloss import ops
from tf_rloss.layers.crf_layer import CRFLayer

PUBLISHED_CRFS = {
    "deeplab_largefov": {
        "bilateral_weight": 4.0,
        "sigma_xy": 49.0,
        "sigma_rgb": 5.0,
        "spatial_weight": 3.0,
        "spatial_sigma_xy": 3.0,
    },
    "deeplab_msc_largefov": {
        "bilateral_weight": 4.0,
        "sigma_xy": 83.0,
        "sigma_rgb": 5.0,
        "spatial_weight": 3.0,
        "spatial_sigma_xy": 3.0,
    },
    "deeplab_vgg16": {
        "bilateral_weight": 4.0,
        "sigma_xy": 65.0,
        "sigma_rgb": 3.0,
        "spatial_weight": 2.0,
        "spatial_sigma_xy": 2.0,
    },
    "deeplab_resnet101": {
        "bilateral_weight": 4.0,
        "sigma_xy": 67.0,
        "sigma_rgb": 3.0,
        "spatial_weight": 3.0,
        "spatial_sigma_xy": 1.0,
    },
    "sec": {
        "bilateral_weight": 10.0,
        "sigma_xy": 80.0,
        "sigma_rgb": 13.0,
        "spatial_weight": 3.0,
        "spatial_sigma_xy": 3.0,
    },
}
"""Settings of `DenseCRF` that systems were published with, for PASCAL VOC's images.

All of them have 10 iterations and the symmetric normalization.
"""


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRF(CRFLayer):
    """Refines probabilities by mean-field inference in a dense CRF over the image.

        Q <- softmax(log S + bilateral_weight K~_b Q + spatial_weight K~_s Q)

    with the Gaussian kernels K_b over position and colour and K_s over position alone,
    and the Potts model; see `ops.mean_field`. It has no weights. Gradients reach the
    probabilities, none the image. The defaults are DeepLab-LargeFOV's.

    Args:
        num_iterations: number of updates, at least 0.
        bilateral_weight: of near pixels of similar colour, at least 0.
        sigma_xy: bandwidth of position for those, in pixels.
        sigma_rgb: bandwidth of colour, in intensity units of [0, 255].
        spatial_weight: of near pixels of any colour, at least 0.
        spatial_sigma_xy: bandwidth of position for those, in pixels.
        normalization: of the kernels, "symmetric" (published default), "before",
            "after" or "none"; see `ops.PairwiseKernel`.
        self_term: whether a pixel sends a message to itself; True in all published
            implementations.
        compatibility: None for the Potts model, or a matrix (K, K): what class b pays
            for a neighbour of class a. Both weights multiply it.
        from_logits: whether the layer is called with logits in place of
            probabilities.

    Call arguments:
        inputs: float tensor (B, H, W, K), probabilities, or logits.
        image: tensor (B, H, W, 3), RGB in [0, 255]; or (B, H, W, 4), whose last
            channel is 1 inside the region of interest and 0 where pixels neither give
            nor receive.

    Returns:
        float32 tensor (B, H, W, K); sums to 1 over K.

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
        num_iterations=10,
        *,
        bilateral_weight=4.0,
        sigma_xy=49.0,
        sigma_rgb=5.0,
        spatial_weight=3.0,
        spatial_sigma_xy=3.0,
        normalization="symmetric",
        self_term=True,
        compatibility=None,
        from_logits=False,
        **kwargs,
    ):
        settings = ops.DenseCRFSettings(
            num_iterations=num_iterations,
            bilateral_weight=bilateral_weight,
            sigma_xy=sigma_xy,
            sigma_rgb=sigma_rgb,
            spatial_weight=spatial_weight,
            spatial_sigma_xy=spatial_sigma_xy,
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

    def call(self, inputs, image):
        mixtures = (self.bilateral_weight, self.spatial_weight)
        if self.compatibility is not None:
            mixtures = [w and -w * self.compatibility for w in mixtures]
        return self.infer(inputs, image, mixtures, self.num_iterations)

    def get_config(self):
        matrix = self.compatibility
        if matrix is not None:
            matrix = matrix.tolist()
        return {**super().get_config(), "compatibility": matrix}
