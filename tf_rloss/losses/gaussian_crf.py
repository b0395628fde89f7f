"""The dense CRF whose mean field some losses compare a segmentation with."""

import dataclasses

from tf_rloss import ops
from tf_rloss.checks import (
    check_at_least_zero,
    check_choice,
    check_integer,
    check_positive,
)


@dataclasses.dataclass(frozen=True)
class GaussianCRF:
    """A Potts model with one bilateral and one spatial kernel, and its mean field.

        X <- softmax(logits + bilateral_weight K~_b X + spatial_weight K~_s X)

    from X = softmax(logits). The defaults are SEC's. A weight of 0 leaves a kernel out.

    Attributes:
        num_iterations: number of updates, at least 0.
        bilateral_weight: of near pixels of similar colour, at least 0.
        sigma_xy: bandwidth of position for those, in pixels.
        sigma_rgb: bandwidth of colour, in intensity units of [0, 255].
        spatial_weight: of near pixels of any colour, at least 0.
        spatial_sigma_xy: bandwidth of position for those, in pixels.
        normalization: of the kernels K~, one of `ops.NORMALIZATIONS`.
    """

    num_iterations: int = 10
    bilateral_weight: float = 10.0
    sigma_xy: float = 80.0
    sigma_rgb: float = 13.0
    spatial_weight: float = 3.0
    spatial_sigma_xy: float = 3.0
    normalization: str = "symmetric"

    def __post_init__(self):
        check_integer("num_iterations", self.num_iterations, 0)
        check_at_least_zero("bilateral_weight", self.bilateral_weight)
        check_positive("sigma_xy", self.sigma_xy, "pixels")
        check_positive("sigma_rgb", self.sigma_rgb, "units of [0, 255]")
        check_at_least_zero("spatial_weight", self.spatial_weight)
        check_positive("spatial_sigma_xy", self.spatial_sigma_xy, "pixels")
        check_choice("normalization", self.normalization, ops.NORMALIZATIONS)

    def at_scale(self, scale: float) -> "GaussianCRF":
        """The same CRF for an image resized by `scale`."""
        return dataclasses.replace(
            self,
            sigma_xy=self.sigma_xy * scale,
            spatial_sigma_xy=self.spatial_sigma_xy * scale,
        )

    def kernels(self, image, region):
        """Returns kernels and weights for image (B, H, W, 3), region (B, H, W, 1)."""
        return ops.gaussian_kernels(
            image,
            bilateral=self.bilateral_weight or None,
            sigma_xy=self.sigma_xy,
            sigma_rgb=self.sigma_rgb,
            spatial=self.spatial_weight or None,
            spatial_sigma_xy=self.spatial_sigma_xy,
            region=region,
            normalization=self.normalization,
        )

    def infer(self, logits, image, region):
        """Returns the mean field X (B, H, W, K) of float32 logits (B, H, W, K)."""
        return ops.mean_field(
            logits, *self.kernels(image, region), iterations=self.num_iterations
        )
