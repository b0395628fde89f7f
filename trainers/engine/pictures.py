"""Pictures that a run leaves: its curves and some predictions."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tf_rloss import visualization

from .recipe import CRF_ENERGY
from .validation import Validator

PANELS = {
    "mean IoU": ("miou", "val_miou"),
    "dense CRF energy": (CRF_ENERGY, f"val_{CRF_ENERGY}"),
}
"""Label of a plot -> columns of the history that it shows over the epochs."""


def draw_curves(history: Sequence[Mapping[str, Any]], path: pathlib.Path) -> None:
    """Draws mIoU and CRF energy of training and validation, where there are any.

    An epoch without validation repeats the value before it.
    """
    panels = {}
    for ylabel, columns in PANELS.items():
        series = {
            column: filled([row[column] for row in history])
            for column in columns
            if history and column in history[0]
        }
        if any(series.values()):
            panels[ylabel] = {name: values for name, values in series.items() if values}
    if panels:
        visualization.panels_picture(panels, path)


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
