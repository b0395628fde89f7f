"""Pictures for the figures: predictions side by side, and scribbles."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from ..comparison_pictures import draw_contact_sheet, scribble_picture
from .study import Study
from .systems import System


def draw_predictions(study: Study, systems: Mapping[str, System], name: str) -> None:
    """Draws image, supervision, truth and what each system predicts.

    Args:
        study: whose first lab is shown.
        systems: title of a column -> system.
        name: of the PNG, without the ending.
    """
    lab = study.first
    draw_contact_sheet(
        {title: lab.train(system).last for title, system in systems.items()},
        lab.val,
        study.folder / f"{name}.png",
    )


def scribble_rows(
    datasets: Sequence[tf.data.Dataset], palette: np.ndarray
) -> list[list[np.ndarray]]:
    """A row for each image, with its scribbles of each of the data sets."""
    columns = [
        [scribble_picture(example, palette) for example in dataset.as_numpy_iterator()]
        for dataset in datasets
    ]
    return [list(row) for row in zip(*columns, strict=True)]
