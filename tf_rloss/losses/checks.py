"""Checks of arguments that the losses share; each error names one argument."""

import math
import numbers


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raises ValueError unless `value` is one of `choices`."""
    if value not in choices:
        expected = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"`{name}` must be one of {expected}. Received: {value!r}")


def check_positive(name: str, value: float, unit: str) -> None:
    """Raises ValueError unless `value` is a positive finite Python number."""
    if not (_is_number(value) and value > 0):
        raise ValueError(
            f"`{name}` must be a positive number ({unit}). Received: {value!r}"
        )


def check_at_least_zero(name: str, value: float) -> None:
    """Raises ValueError unless `value` is a finite Python number, at least 0."""
    if not (_is_number(value) and value >= 0):
        raise ValueError(f"`{name}` must be a number, at least 0. Received: {value!r}")


def check_fraction(name: str, value: float, *, zero: bool) -> None:
    """Raises ValueError unless 0 < value <= 1, or value == 0 where `zero` allows it."""
    if not (_is_number(value) and 0 <= value <= 1 and (zero or value > 0)):
        interval = "[0, 1]" if zero else "(0, 1]"
        raise ValueError(
            f"`{name}` must be a number in {interval}. Received: {value!r}"
        )


def check_probs(probs) -> None:
    """Raises ValueError unless `probs` can be (B, H, W, K)."""
    if probs.shape.rank not in (None, 4):
        raise ValueError(
            "`probs` must be softmax probabilities (B, H, W, K). "
            f"Received: shape={tuple(probs.shape)}"
        )


def check_same_size(name: str, tensor, probs) -> None:
    """Raises ValueError if B, H or W are known to differ from those of `probs`."""
    if tensor.shape.rank is None or probs.shape.rank is None:
        return
    if not tensor.shape[:3].is_compatible_with(probs.shape[:3]):
        raise ValueError(
            f"`{name}` and `probs` must have the same batch size, height and width. "
            f"Received: {name}.shape={tuple(tensor.shape)}, "
            f"probs.shape={tuple(probs.shape)}"
        )


def _is_number(value) -> bool:
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
