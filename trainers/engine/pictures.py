"""Pictures that a run leaves: its curves and some predictions."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tf_rloss import visualization

from .recipe import CRF_ENERGY
from .validation import Validator

PANELS = {"mean IoU": "miou", "dense CRF energy": CRF_ENERGY}
"""Label of a plot -> end of the columns of the history that it shows."""


def draw_curves(history: Sequence[Mapping[str, Any]], path: pathlib.Path) -> None:
    """Draws mIoU and CRF energy of training and validation, where there are any."""
    panels = {}
    for ylabel, end in PANELS.items():
        columns = [
            name for name in (history[0] if history else ()) if name.endswith(end)
        ]
        series = {column: [row[column] for row in history] for column in columns}
        series = {name: v for name, v in series.items() if set(v) != {None}}
        if series:
            panels[ylabel] = series
    if panels:
        visualization.panels_picture(panels, path)


def draw_predictions(validator: Validator, path: pathlib.Path) -> None:
    """Draws image, truth and prediction of some validation images."""
    if validator.picture() is None:
        validator.evaluate(alone=True)
    picture = validator.picture()
    if picture is not None:
        visualization.save_image(picture, path)
