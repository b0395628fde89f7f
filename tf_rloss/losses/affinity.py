"""Affinities W between pixels: dense Gaussian, or a sparse grid of neighbours.

An affinity is never built as a matrix: the losses only need the product W V with a few
channels V.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence

import tensorflow as tf

from tf_rloss.checks import check_bandwidth, check_choice
from tf_rloss.ops.bandwidths import of_positions, scaled

# Steps (rows, columns) or (slices, rows, columns) from a pixel to one of each pair of
# opposite neighbours.
_HALF_GRID = {
    "grid4": ((0, 1), (1, 0)),
    "grid8": ((0, 1), (1, 0), (1, 1), (1, -1)),
    "grid6": ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    "grid26": tuple(
        s for s in itertools.product((1, 0, -1), repeat=3) if s > (0, 0, 0)
    ),
}
AFFINITIES = ("gaussian", *_HALF_GRID)


@dataclasses.dataclass(frozen=True)
class Affinity:
    """A symmetric affinity W_pq >= 0 between the pixels of an image.

    With the Gaussian G_pq = exp(-|p - q|^2 / 2 sigma_xy^2
                                 -|I_p - I_q|^2 / 2 sigma_color^2):

    - "gaussian": W_pq = G_pq for all pairs, p = q included (the dense CRF's), by
      fast filtering with the package's op.
    - "grid4", "grid8" of images, "grid6", "grid26" of volumes: W_pq = G_pq / |p - q|
      for so many nearest neighbours, else 0 (contrast-sensitive length or area of the
      boundary), by stock TensorFlow. In a volume |p - q| is in steps along the axis of
      the largest bandwidth, and steps along the others are longer as their bandwidth
      is smaller.

    Attributes:
        kind: "gaussian", or a grid.
        sigma_xy: bandwidth in pixels, of images.
        sigma_color: bandwidth in units of the image, a number or one for each channel.
        equalized: whether "gaussian" filters on an equalized lattice, whose W is
            closer to the formula above; see `ops.permutohedral_filter`. Grids do not
            use it.
        sigma_xyz: None for images; for volumes, in place of `sigma_xy`, the bandwidth
            in voxels, a number or one for each of x, y and z.

    Raises:
        ValueError: for another kind, or a bandwidth that is not positive and finite.
    """

    kind: str
    sigma_xy: float | None
    sigma_color: float | Sequence[float]
    equalized: bool = False
    sigma_xyz: float | Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_choice("affinity", self.kind, AFFINITIES)
        of_positions(self.sigma_xy, self.sigma_xyz)  # one of them must be given
        for name in ("sigma_xy", "sigma_xyz", "sigma_color"):
            sigma = getattr(self, name)
            if sigma is not None or name == "sigma_color":
                object.__setattr__(self, name, check_bandwidth(name, sigma))
        steps = _HALF_GRID.get(self.kind)
        if steps and len(steps[0]) != self.axes:
            of = {2: "an image", 3: "a volume, since `sigma_xyz` is given"}[self.axes]
            able = [k for k, s in _HALF_GRID.items() if len(s[0]) == self.axes]
            raise ValueError(
                f"`affinity` of {of} must be 'gaussian' or one of {able}. "
                f"Received: affinity={self.kind!r}"
            )

    @property
    def axes(self) -> int:
        """Number of axes of the images: 2, or 3 for volumes."""
        return 2 if self.sigma_xyz is None else 3

    def at_scale(self, scale: float) -> "Affinity":
        """Returns the same affinity for an image that was resized by `scale`."""
        return dataclasses.replace(
            self,
            sigma_xy=scaled(self.sigma_xy, scale),
            sigma_xyz=scaled(self.sigma_xyz, scale),
        )

    def grid_product(self, values: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        """Returns W V of a grid.

        Args:
            values: V, float tensor (B, H, W, K), or (B, D, H, W, K) of a volume.
            image: tensor (B, H, W, C), or (B, D, H, W, C), of the same type.

        Returns:
            Tensor of the shape and type of `values`.
        """
        # One zero at either end of each axis of the values: beyond the border nothing
        # gives, whatever the weight computed there.
        border = [[0, 0], *[[1, 1]] * self.axes, [0, 0]]
        padded_values = tf.pad(values, border)
        padded_image = tf.pad(image, border)
        sizes = tf.unstack(tf.shape(image)[1:-1], self.axes)

        def shifted(padded, step):
            window = (
                slice(1 + s, 1 + s + size) for s, size in zip(step, sizes, strict=True)
            )
            return padded[(slice(None), *window)]

        product = tf.zeros_like(values)
        for half in _HALF_GRID[self.kind]:
            for step in (half, tuple(-s for s in half)):
                difference = tf.math.squared_difference(
                    image, shifted(padded_image, step)
                )
                weight = tf.exp(self._contrast(difference))
                weight *= self._neighbour_weight(half)
                product += weight * shifted(padded_values, step)
        return product

    def _contrast(self, squares: tf.Tensor) -> tf.Tensor:
        """Returns -|I_p - I_q|^2 / 2 sigma_color^2 from the squares of each channel."""
        sigma = self.sigma_color
        if isinstance(sigma, tuple):
            squares *= tf.constant([-0.5 / one**2 for one in sigma], squares.dtype)
            return tf.reduce_sum(squares, axis=-1, keepdims=True)
        return tf.reduce_sum(squares, axis=-1, keepdims=True) * (-0.5 / sigma**2)

    def _neighbour_weight(self, step: tuple[int, ...]) -> float:
        sigmas = self.sigma_xy if self.sigma_xyz is None else self.sigma_xyz
        if not isinstance(sigmas, tuple):
            sigmas = (sigmas,) * self.axes
        unit = max(sigmas)
        stretched = (
            s * (unit / sigma) for s, sigma in zip(step, sigmas[::-1], strict=True)
        )
        distance = math.hypot(*stretched)
        return math.exp(-0.5 * (distance / unit) ** 2) / distance
