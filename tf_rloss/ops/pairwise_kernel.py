"""Normalised Gaussian kernels between the pixels of an image, for mean field."""

import copy
from typing import Any

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_choice
from tf_rloss.ops.bilateral import bilateral_features, spatial_features
from tf_rloss.ops.permutohedral import PermutohedralLattice

NORMALIZATIONS = ("symmetric", "before", "after", "none")
"""Ways to divide a kernel by its degrees; see `PairwiseKernel`."""

_TINY = 1e-20  # keeps 1 / sqrt(degree) finite, as in published implementations


class PairwiseKernel:
    """A normalised Gaussian kernel between the pixels of each image of a batch.

    With K_pq = exp(-||f_p - f_q||^2 / 2) and the degrees D = diag(K 1), `filter`
    multiplies by

    - "symmetric": D^-1/2 K D^-1/2, the default of published code;
    - "before": K D^-1;
    - "after": D^-1 K, every message a weighted mean, as in CRF-as-RNN;
    - "none": K N / sum(D), one number for the whole image.

    All of them make up for the lattice's attenuation, which takes up to half of K 1.

    Args:
        features: tensor (B, N, D), positions in units of the bandwidth.
        normalization: one of `NORMALIZATIONS`.
        self_term: whether a pixel sends a message to itself, K_pp = 1 included. All
            published implementations do so (True); the derivation of mean field does
            not (False). The degrees include it either way.
        region: None, or tensor (B, N, 1), 1 inside the region of interest and 0
            where pixels neither give nor receive.
        dtype: type of the values to be filtered.

    Attributes:
        lattice: `PermutohedralLattice` of the features.
        before: tensor (B, N, 1), the factors of the values before the filter.
        after: tensor (B, N, 1), the factors of the filtered values.
        self_term: None, or tensor (B, N, 1), the share of each pixel's own value that
            is subtracted.

    Raises:
        ValueError: for an unknown normalization.
    """

    def __init__(
        self,
        features: TensorLike,
        *,
        normalization: str = "symmetric",
        self_term: bool = True,
        region: TensorLike | None = None,
        dtype: tf.DType = tf.float32,
    ) -> None:
        check_choice("normalization", normalization, NORMALIZATIONS)
        self.lattice = PermutohedralLattice(features, dtype)
        ones = tf.ones_like(features[..., :1])
        inside = tf.cast(ones if region is None else region, dtype)
        degrees = self.lattice.filter(inside, symmetric=True) * inside
        self.before, self.after = _scales(degrees, inside, normalization)
        self.self_term = None
        if not self_term:
            # A pixel whose colour is unique has a degree below one on the lattice. Then
            # its whole message is subtracted.
            itself = tf.minimum(degrees, 1.0)
            self.self_term = self.before * itself * self.after

    def filter(self, values: tf.Tensor) -> tf.Tensor:
        """Returns K~ V for values (B, N, C).

        Raises:
            ValueError: if the values are known to have another number of images or
                pixels than the features. Numbers that are known in the run only are
                checked there, but for graphs that XLA compiles.
        """
        values = self._checked(values)
        filtered = self.lattice.filter(values * self.before, symmetric=True)
        filtered *= self.after
        if self.self_term is not None:
            filtered -= self.self_term * values
        return filtered

    def _checked(self, values: tf.Tensor) -> tf.Tensor:
        """Returns values, one row for each pixel: one row is not spread over all."""
        values = tf.convert_to_tensor(values)
        expected, found = self.before.shape[:2], values.shape[:2]
        message = "`values` must be (B, N, C) with a row for each of the features."
        if not found.is_compatible_with(expected):
            raise ValueError(f"{message} Received: {found}, features: {expected}")
        if found.is_fully_defined() and expected.is_fully_defined():
            return values
        same = tf.debugging.assert_equal(
            tf.shape(values)[:2], tf.shape(self.before)[:2], message
        )
        with tf.control_dependencies([] if same is None else [same]):
            return tf.identity(values)

    def scaled(self, gain: float) -> "PairwiseKernel":
        """Returns the kernel times a number, on the same lattice."""
        kernel = copy.copy(self)
        kernel.after = self.after * gain
        if self.self_term is not None:
            kernel.self_term = self.self_term * gain
        return kernel


def _scales(
    degrees: tf.Tensor, inside: tf.Tensor, normalization: str
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the factors before and after the filter, each (B, N, 1), 0 outside."""
    if normalization == "none":
        mean = tf.math.divide_no_nan(
            tf.reduce_sum(degrees, axis=1, keepdims=True),
            tf.reduce_sum(inside, axis=1, keepdims=True),
        )
        return inside, tf.math.divide_no_nan(inside, mean)
    if normalization == "symmetric":
        root = inside * tf.math.rsqrt(degrees + _TINY)
        return root, root
    reciprocal = inside / (degrees + _TINY)
    return (reciprocal, inside) if normalization == "before" else (inside, reciprocal)


def bilateral_kernel(
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
    sigma_color: TensorLike,
    **options: Any,
) -> PairwiseKernel:
    """Builds the kernel of near pixels of similar colour: the appearance kernel.

    Args:
        image: as for `bilateral_features`.
        sigma_xy: as for `bilateral_features`.
        sigma_xyz: as for `bilateral_features`.
        sigma_color: as for `bilateral_features`.
        **options: arguments of `PairwiseKernel`.

    Returns:
        `PairwiseKernel` of B images with N = H W pixels, or volumes with N = D H W.
    """
    features = bilateral_features(
        image, sigma_xy=sigma_xy, sigma_xyz=sigma_xyz, sigma_color=sigma_color
    )
    return PairwiseKernel(features, **options)


def spatial_kernel(
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
    **options: Any,
) -> PairwiseKernel:
    """Builds the kernel of near pixels: the smoothness kernel.

    Args:
        image: as for `bilateral_features`; only its shape is used.
        sigma_xy: as for `bilateral_features`.
        sigma_xyz: as for `bilateral_features`.
        **options: arguments of `PairwiseKernel`.

    Returns:
        `PairwiseKernel` of B images with N = H W pixels, or volumes with N = D H W.
    """
    features = spatial_features(image, sigma_xy=sigma_xy, sigma_xyz=sigma_xyz)
    return PairwiseKernel(features, **options)
