"""Affinities W between pixels: dense Gaussian, or sparse grid with 4 or 8 neighbours.

An affinity is never built as a matrix: the losses only need the product W V with a few
channels V.
"""

import dataclasses
import math

import tensorflow as tf

from tf_rloss.checks import check_choice, check_positive

AFFINITIES = ("gaussian", "grid4", "grid8")

# (rows, columns) from a pixel to one of each pair of opposite neighbours.
_HALF_GRID = {
    "grid4": ((0, 1), (1, 0)),
    "grid8": ((0, 1), (1, 0), (1, 1), (1, -1)),
}


@dataclasses.dataclass(frozen=True)
class Affinity:
    """A symmetric affinity W_pq >= 0 between the pixels of an image.

    With the Gaussian G_pq = exp(-|p - q|^2 / 2 sigma_xy^2
                                 -|I_p - I_q|^2 / 2 sigma_color^2):

    - "gaussian": W_pq = G_pq for all pairs, p = q included (the dense CRF's), by
      fast filtering with the package's op.
    - "grid4", "grid8": W_pq = G_pq / |p - q| for the 4 or 8 nearest neighbours, else
      0 (contrast-sensitive boundary length), by stock TensorFlow.

    Attributes:
        kind: "gaussian", "grid4" or "grid8".
        sigma_xy: bandwidth in pixels.
        sigma_color: bandwidth in intensity units of [0, 255].
        equalized: whether "gaussian" filters on an equalized lattice, whose W is
            closer to the formula above; see `ops.permutohedral_filter`. Grids do not
            use it.

    Raises:
        ValueError: for another kind, or a bandwidth that is not positive and finite.
    """

    kind: str
    sigma_xy: float
    sigma_color: float
    equalized: bool = False

    def __post_init__(self) -> None:
        check_choice("affinity", self.kind, AFFINITIES)
        check_positive("sigma_xy", self.sigma_xy, "pixels")
        check_positive("sigma_color", self.sigma_color, "units of [0, 255]")

    def at_scale(self, scale: float) -> "Affinity":
        """Returns the same affinity for an image that was resized by `scale`."""
        return dataclasses.replace(self, sigma_xy=self.sigma_xy * scale)

    def grid_product(self, values: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        """Returns W V of a grid.

        Args:
            values: V, float tensor (B, H, W, C).
            image: tensor (B, H, W, 3) of the same type, RGB in [0, 255].

        Returns:
            Tensor (B, H, W, C) of the type of `values`.
        """
        # One row or column of zeros around the values: beyond the border nothing
        # gives, whatever the weight computed there.
        border = [[0, 0], [1, 1], [1, 1], [0, 0]]
        padded_values = tf.pad(values, border)
        padded_image = tf.pad(image, border)
        height, width = tf.shape(image)[1], tf.shape(image)[2]

        def shifted(padded, rows, columns):
            top, left = 1 + rows, 1 + columns
            return padded[:, top : top + height, left : left + width]

        product = tf.zeros_like(values)
        for rows, columns in _HALF_GRID[self.kind]:
            for sign in (1, -1):
                step = (sign * rows, sign * columns)
                contrast = tf.reduce_sum(
                    tf.math.squared_difference(image, shifted(padded_image, *step)),
                    axis=-1,
                    keepdims=True,
                )
                weight = tf.exp(contrast * (-0.5 / self.sigma_color**2))
                weight *= self._neighbour_weight(rows, columns)
                product += weight * shifted(padded_values, *step)
        return product

    def _neighbour_weight(self, rows: int, columns: int) -> float:
        distance = math.hypot(rows, columns)
        return math.exp(-0.5 * (distance / self.sigma_xy) ** 2) / distance
