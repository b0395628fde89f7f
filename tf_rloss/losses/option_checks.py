"""The checks of options that several losses have: one for each name of an option."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tf_rloss.checks import (
    check_at_least_zero,
    check_fraction,
    check_integer,
    check_positive,
)


def _check_decay_pixels(name: str, value: float | None) -> None:
    if value is not None:
        check_positive(name, value, "pixels, or None")


def _check_class_weight(name: str, value: Sequence[float] | None) -> None:
    if value is not None and not (
        len(value) >= 2
        and all(0.0 <= weight < float("inf") for weight in value)
        and any(value)
    ):
        raise ValueError(
            f"`{name}` must be None, or a number from 0 for each class, not all "
            f"of them 0. Received: {name}={value}"
        )


_positive_fraction = partial(check_fraction, zero=False)

CHECKS: dict[str, Callable[[str, Any], None]] = {
    "background_decay": _positive_fraction,
    "class_weight": _check_class_weight,
    "decay_pixels": _check_decay_pixels,
    "floor": check_at_least_zero,
    "foreground_decay": _positive_fraction,
    "gamma": check_at_least_zero,
    "ignore_class": check_integer,
    "min_share": partial(check_fraction, zero=True),
    "scale": _positive_fraction,
    "stride": partial(check_integer, least=1, note="pixels"),
}
"""Name of an option -> the check that takes its name and value."""


def check_options(**options: Any) -> None:
    """Raises ValueError if one of some options of `CHECKS` is out of range."""
    for name, value in options.items():
        CHECKS[name](name, value)
