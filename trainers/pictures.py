"""Pictures that a run leaves: its curves and some predictions."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tf_rloss import visualization

from .validation import Validator


def draw_curves(history: Sequence[Mapping[str, Any]], path: pathlib.Path) -> None:
    """Draws the mIoU of training and validation over the epochs, where there are any.

    An epoch without validation repeats the value before it.
    """
    series = {}
    for column in ("miou", "val_miou"):
        values = filled([row[column] for row in history])
        if values:
            series[column] = values
    if series:
        visualization.curves_picture(series, path, ylabel="mean IoU")


def draw_predictions(validator: Validator, path: pathlib.Path) -> None:
    """Draws image, truth and prediction of some validation images."""
    if validator.picture() is None:
        validator.evaluate()
    picture = validator.picture()
    if picture is not None:
        visualization.save_image(picture, path)


def filled(values: Sequence[float | None]) -> list[float]:
    """Replaces None by the value before; leading ones by the first value."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    result, latest = [], known[0]
    for value in values:
        latest = latest if value is None else value
        result.append(latest)
    return result
