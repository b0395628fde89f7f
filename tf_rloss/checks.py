"""Checks of arguments: each raises a ValueError that names argument and value."""

import math
import numbers
from collections.abc import Sequence

import tensorflow as tf

_CHANNELS = {
    3: "RGB in [0, 255], (B, H, W, 3)",
    4: "4 channels, the last the region of interest",
    5: "5 channels, the last two the region of interest and the labels",
}


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        expected = ", ".join(repr(choice) for choice in choices)
        raise _error(name, f"one of {expected}", value)


def check_positive(name: str, value: object, unit: str = "") -> None:
    """Raises ValueError unless `value` is a number above 0, and finite."""
    if not (_is_number(value) and value > 0):
        raise _error(name, f"a positive number{_in_brackets(unit)} and finite", value)


def check_at_least_zero(name: str, value: object) -> None:
    """Raises ValueError unless `value` is a number of at least 0, and finite."""
    if not (_is_number(value) and value >= 0):
        raise _error(name, "a number, at least 0 and finite", value)


def check_fraction(name: str, value: object, *, zero: bool, note: str = "") -> None:
    """Raises ValueError unless 0 < value <= 1, or value == 0 where `zero` allows it."""
    if not (_is_number(value) and 0 <= value <= 1 and (zero or value > 0)):
        interval = "[0, 1]" if zero else "(0, 1]"
        raise _error(name, f"a number in {interval}{_in_brackets(note)}", value)


def check_integer(
    name: str,
    value: object,
    least: int | None = None,
    most: int | None = None,
    *,
    note: str = "",
) -> None:
    """Raises ValueError unless `value` is an integer from `least` to `most`.

    Args:
        name: name of the argument.
        value: its value.
        least: the smallest allowed integer; None if there is none.
        most: the largest allowed integer; None if there is none.
        note: words that the message adds in brackets, such as a unit.
    """
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    too_small = is_integer and least is not None and value < least
    too_large = is_integer and most is not None and value > most
    if not is_integer or too_small or too_large:
        bounds = "" if least is None else f", at least {least}"
        if most is not None:
            bounds = f", from {least} to {most}"
        raise _error(name, f"an integer{bounds}{_in_brackets(note)}", value)


def check_class_names(class_names: Sequence[str], num_classes: int) -> None:
    """Raises ValueError unless there are `num_classes` distinct names."""
    if len(class_names) != num_classes or len(set(class_names)) != num_classes:
        raise ValueError(
            f"`class_names` must be {num_classes} distinct names, one for each class. "
            f"Received: {list(class_names)}"
        )


def check_rank(name: str, tensor: tf.Tensor, rank: int, expected: str) -> tf.Tensor:
    """Returns a tensor with a known rank; one of unknown rank is checked in the run.

    Args:
        name: name of the argument.
        tensor: its value.
        rank: the rank it must have.
        expected: description of a right tensor, with its shape, for the message.

    Raises:
        ValueError: if the rank is known to be another.
    """
    if tensor.shape.rank is None:
        return tf.ensure_shape(tensor, [None] * rank)
    if tensor.shape.rank != rank:
        raise ValueError(
            f"`{name}` must be {expected}. Received: {name}.shape={tuple(tensor.shape)}"
        )
    return tensor


def check_probs(probs: tf.Tensor) -> tf.Tensor:
    """Returns `probs` with a known rank; raises ValueError unless (B, H, W, K)."""
    return check_rank("probs", probs, 4, "softmax probabilities (B, H, W, K)")


def check_image(image: tf.Tensor, channels: Sequence[int] = (3,)) -> tf.Tensor:
    """Returns `image` with four known dimensions, of which the last is an allowed C.

    The shape of a tensor of unknown rank is checked in the run.

    Args:
        image: the tensor.
        channels: the allowed C, of 3 (RGB), 4 (and the region of interest) and 5
            (and the labels). C must be known where there are several.

    Raises:
        ValueError: unless `image` is (B, H, W, C).
    """
    if image.shape.rank is None and len(channels) == 1:
        return tf.ensure_shape(image, (None, None, None, *channels))
    allowed = (*channels, None) if len(channels) == 1 else channels
    if image.shape.rank != 4 or image.shape[-1] not in allowed:
        expected = ", or ".join(_CHANNELS[count] for count in channels)
        remedy = ""
        if image.shape.rank is None or image.shape[-1] is None:
            remedy = " Their number must be known: `tf.ensure_shape` states it."
        raise ValueError(
            f"`image` must be {expected}.{remedy} Received: image.shape={image.shape}"
        )
    return image


def _is_number(value: object) -> bool:
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _in_brackets(note: str) -> str:
    return f" ({note})" if note else ""


def _error(name: str, expected: str, value: object) -> ValueError:
    return ValueError(f"`{name}` must be {expected}. Received: {name}={value!r}")
