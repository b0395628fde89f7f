"""Bandwidths of an affinity, as numbers or as tensors that only a run computes."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_bandwidth, check_rank


class Bandwidth(NamedTuple):
    """A bandwidth of the features of a pixel.

    Attributes:
        name: name of the argument.
        value: one number for all features, or one for each; may be a tensor.
        count: number of features; None where it is not known.
    """

    name: str
    value: TensorLike
    count: int | None

    def numbers(self) -> list[float] | None:
        """Returns the checked numbers, one or `count`; None if they are not known yet.

        Raises:
            ValueError: if one is not positive and finite, or they are too many or few.
        """
        value = self.value
        if tf.is_tensor(value):
            value = tf.convert_to_tensor(value)
            several = self.name != "sigma_xy" and value.shape.rank == 1
            if not (several and value.shape.is_compatible_with([self.count])):
                value = check_rank(self.name, value, 0, self._expected())
            known = tf.get_static_value(value)
            if known is None:
                return None
            value = known.tolist()
        value = check_bandwidth(self.name, value, self.count)
        return [float(one) for one in np.ravel(value)]

    def _expected(self) -> str:
        if self.name == "sigma_xy":
            return "a number (pixels)"
        return f"a number, or one for each of {self.count} axes or channels"

    def fixed(self) -> list[float]:
        """Returns `numbers`, for ops that have them as attributes.

        Raises:
            ValueError: for a tensor whose value is not known when a function is traced,
                too.
        """
        numbers = self.numbers()
        if numbers is None:
            raise ValueError(
                f"`{self.name}` must be a number, or a tensor whose value is known "
                "when the function is traced. A bandwidth that is computed in the run "
                "goes into `bilateral_features`, for `permutohedral_filter`. "
                f"Received: {self.name}={self.value!r}"
            )
        return numbers

    def reciprocals(self) -> tf.Tensor:
        """Returns the reciprocals, float32, one or `count`.

        A tensor whose value is not known when a function is traced is checked in the
        run. Programs of XLA have no assertions. There a wrong bandwidth becomes NaN,
        which the filter refuses in the features.

        Raises:
            ValueError: as `numbers`.
        """
        numbers = self.numbers()
        if numbers is not None:
            return tf.math.reciprocal(tf.constant(numbers, tf.float32))
        sigma = tf.cast(self.value, tf.float32)
        valid = tf.reduce_all(tf.math.is_finite(sigma) & (sigma > 0))
        sentence = f"`{self.name}` must be positive and finite. Received: {self.name} ="
        with tf.control_dependencies([tf.debugging.Assert(valid, [sentence, sigma])]):
            return tf.where(valid, tf.math.reciprocal(sigma), float("nan"))


def of_positions(
    sigma_xy: TensorLike | None, sigma_xyz: TensorLike | None
) -> Bandwidth:
    """Returns the bandwidth of positions: two in an image, three in a volume.

    Args:
        sigma_xy: bandwidth in an image.
        sigma_xyz: bandwidths in a volume; None for images.

    Raises:
        ValueError: if neither is given.
    """
    if sigma_xyz is not None:
        return Bandwidth("sigma_xyz", sigma_xyz, 3)
    if sigma_xy is None:
        raise ValueError("Images need `sigma_xy`, and volumes `sigma_xyz`.")
    return Bandwidth("sigma_xy", sigma_xy, 2)


def of_colors(sigma_color: TensorLike, image: tf.Tensor) -> Bandwidth:
    """Returns the bandwidth of the channels of an image of known rank."""
    return Bandwidth("sigma_color", sigma_color, image.shape[-1])


def attributes(
    sigma_xy: TensorLike | None,
    sigma_xyz: TensorLike | None,
    sigma_color: TensorLike,
    image: tf.Tensor,
) -> dict[str, list[float]]:
    """Returns the bandwidths as the op of the quadratic forms takes them."""
    positions = of_positions(sigma_xy, sigma_xyz).fixed()
    if len(positions) == 1:
        positions *= 2 if sigma_xyz is None else 3
    return {
        "sigma_xyz": positions,
        "sigma_color": of_colors(sigma_color, image).fixed(),
    }


def scaled(
    sigma: float | tuple[float, ...] | None, scale: float
) -> float | tuple[float, ...] | None:
    """Returns a bandwidth, or one for each axis, times a number; None stays None."""
    if isinstance(sigma, tuple):
        return tuple(one * scale for one in sigma)
    return sigma and sigma * scale
