"""The images that a network labels best and worst, as pictures."""

import pathlib
from typing import NamedTuple

import numpy as np

from tf_rloss import data, evaluation, visualization

SHOWN = 6
"""Images in each of best.png and worst.png."""
OVERLAY_ALPHA = 0.6
COLUMNS = ("image", "truth", "prediction")


class Row(NamedTuple):
    """An image with its labels: a line of best.png or worst.png."""

    title: str
    pictures: list[np.ndarray]


class Extremes:
    """The pictures of the images with the highest and the lowest IoU.

    Args:
        source: images, with their names and the colours of the classes.
    """

    def __init__(self, source: data.Source):
        self._source = source
        self._best: list[tuple[float, evaluation.Scored]] = []
        self._worst: list[tuple[float, evaluation.Scored]] = []

    def add(self, example: evaluation.Scored) -> None:
        """Adds an image; one without a labelled pixel has no IoU and is left out."""
        iou = example.confusion.mean_iou
        if np.isnan(iou):
            return
        for kept, key in ((self._best, iou), (self._worst, -iou)):
            if len(kept) < SHOWN or key > kept[-1][0]:
                kept.append((key, example))
                # Of two images that score the same the earlier one stays in front.
                kept.sort(key=lambda entry: entry[0], reverse=True)
                del kept[SHOWN:]

    def _row(self, example: evaluation.Scored) -> Row:
        palette = self._source.palette
        image = example.full_image
        name = self._source.ids[example.index]
        pictures = [image]
        for labels in (example.mask, example.label_map):
            pictures.append(
                visualization.overlay(
                    image, labels, palette, OVERLAY_ALPHA, skip_black=True
                )
            )
        return Row(f"{name}   mean IoU {example.confusion.mean_iou:.3f}", pictures)

    @property
    def best(self) -> list[Row]:
        """Rows of the images with the highest IoU, highest first."""
        return [self._row(example) for _, example in self._best]

    @property
    def worst(self) -> list[Row]:
        """Rows of the images with the lowest IoU, lowest first."""
        return [self._row(example) for _, example in self._worst]

    def write(self, folder: pathlib.Path) -> None:
        """Writes best.png and worst.png."""
        for name, rows in (("best", self.best), ("worst", self.worst)):
            if rows:
                visualization.contact_sheet(
                    [row.pictures for row in rows],
                    folder / f"{name}.png",
                    COLUMNS,
                    row_titles=[row.title for row in rows],
                    legend=self._legend,
                )

    def sections(self) -> list[visualization.Section]:
        """Returns the same pictures as parts of a report."""
        return [
            visualization.Section(
                title,
                comparisons=[
                    visualization.Comparison(row.title, *row.pictures) for row in rows
                ],
                legend=self._legend,
            )
            for title, rows in (
                ("Images with the highest IoU", self.best),
                ("Images with the lowest IoU", self.worst),
            )
            if rows
        ]

    @property
    def _legend(self) -> tuple[tuple[str, ...], np.ndarray]:
        return self._source.class_names, self._source.palette
