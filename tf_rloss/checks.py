"""Checks of arguments: each raises a ValueError that names argument and value."""

import math
import numbers
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

MOST_FEATURES = 8
"""Most numbers by which the filter tells pixels apart: positions and channels."""

_REGION_HINT = (
    "If the last channel is the region of interest, pass it as `region`, or say "
    "`region_channel=True`"
)


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        expected = ", ".join(repr(choice) for choice in choices)
        raise _error(name, f"one of {expected}", value)


def check_positive(name: str, value: object, unit: str = "") -> None:
    """Raises ValueError unless `value` is a number above 0, and finite."""
    if not (_is_number(value) and value > 0):
        raise _error(name, f"a positive number{_in_brackets(unit)} and finite", value)


def check_bandwidth(
    name: str, value: object, count: int | None = None
) -> float | tuple[float, ...]:
    """Returns a bandwidth: a number, or a sequence as a tuple.

    Args:
        name: its name, which ends with what it is a bandwidth of: "xy", one number;
            "xyz", one or three; or "color", one or one for each channel.
        value: a number above 0, and finite; or a sequence of them.
        count: number of axes or channels; None where it is not known.

    Raises:
        ValueError: if a number is not positive and finite, or there are too many or
            few.
    """
    kind = name.rpartition("_")[2]
    if kind == "xy":
        check_positive(name, value, "pixels")
        return value
    unit, each = "units of the image", "one for each channel of the image"
    if kind == "xyz":
        unit, each, count = "voxels", "three, for x, y and z", 3
    several = isinstance(value, list | tuple | np.ndarray)
    numbers = tuple(np.ravel(value).tolist() if several else [value])
    if all(_is_number(one) and one > 0 for one in numbers):
        if not several:
            return value
        if len(numbers) == (count or len(numbers)) > 0:
            return numbers
        if kind != "xyz" and count:
            each += f", {count}"
            if len(numbers) == count - 1:
                each += f". {_REGION_HINT}"
    raise _error(name, f"a positive number ({unit}) and finite, or {each}", value)


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


def check_probs(probs: tf.Tensor, axes: int = 2) -> tf.Tensor:
    """Returns `probs` with a known rank; raises ValueError unless (B, H, W, K).

    Of volumes, which have 3 axes, they are (B, D, H, W, K).
    """
    shape = "(B, H, W, K)" if axes == 2 else "(B, D, H, W, K)"
    return check_rank("probs", probs, axes + 2, f"softmax probabilities {shape}")


def check_image(image: tf.Tensor, axes: int) -> tf.Tensor:
    """Returns an image or volume with a known rank and a number of channels that fits.

    A shape that is not known is checked in the run.

    Args:
        image: the tensor.
        axes: 2 for images, 3 for volumes.

    Raises:
        ValueError: unless `image` is (B, H, W, C) or (B, D, H, W, C), with at most 8
            axes and channels together.
    """
    if image.shape.rank is None:
        return tf.ensure_shape(image, [None] * (axes + 2))
    most = MOST_FEATURES - axes
    right = image.shape.rank == axes + 2
    if right and image.shape[-1] in (None, *range(1, most + 1)):
        return image
    expected = f"(B, H, W, C) with C from 1 to {most}"
    if axes == 3:
        expected = f"a volume (B, D, H, W, C) with C from 1 to {most}"
        if not right:
            expected += ", since `sigma_xyz` is given"
    elif image.shape.rank == 5:
        expected += ". Volumes (B, D, H, W, C) need `sigma_xyz`"
    elif right and image.shape[-1] == most + 1:
        expected += f". {_REGION_HINT}"
    raise ValueError(f"`image` must be {expected}. Received: image.shape={image.shape}")


def check_region(region: tf.Tensor, axes: int) -> tf.Tensor:
    """Returns a region of interest with a known rank and one channel.

    Args:
        region: the tensor, (B, H, W, 1), or (B, D, H, W, 1) of volumes.
        axes: 2 for images, 3 for volumes.

    Raises:
        ValueError: if its shape is known to be another; what is not known is checked
            in the run.
    """
    shape = "(B, H, W, 1)" if axes == 2 else "(B, D, H, W, 1)"
    expected = f"1 inside and 0 outside for each pixel of `image`, {shape}"
    region = check_rank("region", region, axes + 2, expected)
    if region.shape[-1] not in (None, 1):
        raise ValueError(
            f"`region` must be {expected}. Received: region.shape={tuple(region.shape)}"
        )
    return tf.ensure_shape(region, [None] * (axes + 1) + [1])


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
