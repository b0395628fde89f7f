"""The dense CRF of segmentation: its settings, its two kernels, and its inference."""

import dataclasses
import numbers
from collections.abc import Sequence

import tensorflow as tf

from tf_rloss.checks import (
    check_at_least_zero,
    check_bandwidth,
    check_choice,
    check_integer,
    check_rank,
    check_region,
)
from tf_rloss.ops.bandwidths import scaled
from tf_rloss.ops.bilateral import as_points
from tf_rloss.ops.mean_field import Mixture, mean_field
from tf_rloss.ops.pairwise_kernel import (
    NORMALIZATIONS,
    PairwiseKernel,
    bilateral_kernel,
    spatial_kernel,
)

_BANDWIDTHS = (
    "sigma_xy",
    "sigma_xyz",
    "sigma_color",
    "spatial_sigma_xy",
    "spatial_sigma_xyz",
)
_TINY = 1e-30  # keeps log and its gradient finite where a probability underflows to 0


def log_probs(probs: tf.Tensor) -> tf.Tensor:
    """Returns the logarithm of probabilities, which is finite where they are 0.

    Clipping at a larger value would leave the worst pixels without a gradient.
    """
    return tf.math.log(probs + _TINY)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DenseCRFSettings:
    """Settings of a Potts model with a bilateral and a spatial Gaussian kernel.

        Q <- softmax(logits + bilateral_weight K~_b Q + spatial_weight K~_s Q)

    starts from Q = softmax(logits). The defaults are those of SEC.

    Attributes:
        num_iterations: number of updates, at least 0.
        bilateral_weight: weight of messages from near pixels of similar colour, at
            least 0. At 0 the kernel is left out.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: weight of messages from near pixels of any colour, at least 0.
            At 0 the kernel is left out.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels, a
            number or one for each of x, y and z.
        normalization: one of `ops.NORMALIZATIONS`, for both kernels; see
            `ops.PairwiseKernel`.
        self_term: whether a pixel sends a message to itself, as it does in all
            published implementations.

    Raises:
        ValueError: for a setting out of range.
    """

    num_iterations: int = 10
    bilateral_weight: float = 10.0
    sigma_xy: float = 80.0
    sigma_xyz: float | Sequence[float] | None = None
    sigma_color: float | Sequence[float] = 13.0
    spatial_weight: float = 3.0
    spatial_sigma_xy: float = 3.0
    spatial_sigma_xyz: float | Sequence[float] | None = None
    normalization: str = "symmetric"
    self_term: bool = True

    def __post_init__(self) -> None:
        check_integer("num_iterations", self.num_iterations, 0)
        check_at_least_zero("bilateral_weight", self.bilateral_weight)
        check_at_least_zero("spatial_weight", self.spatial_weight)
        for name in _BANDWIDTHS:
            sigma = getattr(self, name)
            if sigma is not None or not name.endswith("xyz"):
                object.__setattr__(self, name, check_bandwidth(name, sigma))
        if (self.sigma_xyz is None) != (self.spatial_sigma_xyz is None):
            raise ValueError(
                "Volumes need both `sigma_xyz` and `spatial_sigma_xyz`, and images "
                f"neither. Received: sigma_xyz={self.sigma_xyz}, "
                f"spatial_sigma_xyz={self.spatial_sigma_xyz}"
            )
        check_choice("normalization", self.normalization, NORMALIZATIONS)
        check_choice("self_term", self.self_term, (True, False))

    @property
    def axes(self) -> int:
        """Number of axes of the images: 2, or 3 for volumes."""
        return 2 if self.sigma_xyz is None else 3

    @classmethod
    def of(cls, holder: object) -> "DenseCRFSettings":
        """Returns the settings that an object has as attributes of the same names."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: getattr(holder, name) for name in names})

    def at_scale(self, scale: float) -> "DenseCRFSettings":
        """Returns the settings for an image that was resized by `scale`."""
        names = [name for name in _BANDWIDTHS if name != "sigma_color"]
        return dataclasses.replace(
            self, **{name: scaled(getattr(self, name), scale) for name in names}
        )

    def kernels(
        self,
        image: tf.Tensor,
        region: tf.Tensor | None = None,
        *,
        mixtures: Sequence[Mixture] | None = None,
        dtype: tf.DType = tf.float32,
    ) -> tuple[list[PairwiseKernel], list[Mixture]]:
        """Builds the kernels of images, as `ops.mean_field` takes them.

        Args:
            image: tensor (B, H, W, C), such as RGB in [0, 255]; or a volume (B, D, H,
                W, C), if `sigma_xyz` is given.
            region: None, or a tensor of the shape of the image but one channel: 1
                inside the region of interest and 0 where pixels neither give nor
                receive.
            mixtures: mixtures of the bilateral and of the spatial kernel; None for
                the two weights. The number 0 leaves a kernel out.
            dtype: type of the values that the kernels will filter.

        Returns:
            The kernels, and the mixture of each.
        """
        if region is not None:
            region = tf.convert_to_tensor(region)
            region = as_points(check_region(region, self.axes))
        options = {
            "normalization": self.normalization,
            "self_term": self.self_term,
            "region": region,
            "dtype": dtype,
        }
        if mixtures is None:
            mixtures = (self.bilateral_weight, self.spatial_weight)
        names = ("sigma_xy", "sigma_xyz", "sigma_color")
        colours = {name: getattr(self, name) for name in names}
        places = {name: getattr(self, f"spatial_{name}") for name in names[:2]}
        makers = ((bilateral_kernel, colours), (spatial_kernel, places))
        kernels = [
            make(image, **sigmas, **options)
            for (make, sigmas), mixture in zip(makers, mixtures, strict=True)
            if not _is_zero(mixture)
        ]
        return kernels, [mixture for mixture in mixtures if not _is_zero(mixture)]

    def infer(
        self,
        logits: tf.Tensor,
        image: tf.Tensor,
        region: tf.Tensor | None = None,
        *,
        mixtures: Sequence[Mixture] | None = None,
        num_iterations: int | None = None,
    ) -> tf.Tensor:
        """Runs mean-field inference.

        Args:
            logits: float tensor (B, H, W, K), such as log probabilities; or (B, D, H,
                W, K) of volumes.
            image: as for `kernels`.
            region: as for `kernels`.
            mixtures: as for `kernels`.
            num_iterations: number of updates; None for `self.num_iterations`.

        Returns:
            Q of the shape and type of `logits`; sums to 1 over K.
        """
        logits = tf.convert_to_tensor(logits)
        shape = "(B, H, W, K)" if self.axes == 2 else "(B, D, H, W, K)"
        logits = check_rank("logits", logits, self.axes + 2, shape)
        kernels, mixtures = self.kernels(
            image, region, mixtures=mixtures, dtype=logits.dtype
        )
        if num_iterations is None:
            num_iterations = self.num_iterations
        return mean_field(logits, kernels, mixtures, iterations=num_iterations)


def _is_zero(mixture: Mixture) -> bool:
    return isinstance(mixture, numbers.Real) and mixture == 0
