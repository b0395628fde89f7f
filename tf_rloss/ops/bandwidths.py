"""Bandwidths of an affinity, as numbers or as tensors that only a run computes."""

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_positive, check_rank

_UNITS = {"sigma_xy": "pixels", "sigma_color": "units of [0, 255]"}


def fixed_bandwidths(**sigmas: TensorLike) -> dict[str, float]:
    """Returns bandwidths as numbers, for ops that have them as attributes.

    Args:
        **sigmas: `sigma_xy` and `sigma_color`.

    Raises:
        ValueError: if one is not positive and finite, or a tensor whose value is not
            known when a function is traced.
    """
    numbers = {name: _number(name, sigma) for name, sigma in sigmas.items()}
    for name, number in numbers.items():
        if number is None:
            raise ValueError(
                f"`{name}` must be a number, or a tensor whose value is known when the "
                "function is traced. A bandwidth that is computed in the run goes into "
                "`bilateral_features`, for `permutohedral_filter`. "
                f"Received: {name}={sigmas[name]!r}"
            )
    return numbers


def reciprocal(name: str, sigma: TensorLike) -> tf.Tensor:
    """Returns the reciprocal of a bandwidth, a float32 scalar.

    A tensor whose value is not known when a function is traced is checked in the run.
    Programs of XLA have no assertions. There a wrong bandwidth becomes NaN, which the
    filter refuses in the features.

    Raises:
        ValueError: if the bandwidth is not positive and finite.
    """
    number = _number(name, sigma)
    if number is not None:
        return tf.math.reciprocal(tf.constant(number, tf.float32))
    sigma = tf.cast(sigma, tf.float32)
    valid = tf.math.is_finite(sigma) & (sigma > 0)
    sentence = f"`{name}` must be positive and finite. Received: {name} ="
    with tf.control_dependencies([tf.debugging.Assert(valid, [sentence, sigma])]):
        return tf.where(valid, tf.math.reciprocal(sigma), float("nan"))


def _number(name: str, sigma: TensorLike) -> float | None:
    """Returns a checked bandwidth, or None if its value is not known yet."""
    if tf.is_tensor(sigma):
        sigma = tf.convert_to_tensor(sigma)
        check_rank(name, sigma, 0, f"a number ({_UNITS[name]})")
        value = tf.get_static_value(sigma)
        if value is None:
            return None
        sigma = value.item()
    check_positive(name, sigma, _UNITS[name])
    return float(sigma)
