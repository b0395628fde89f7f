"""Scoring a segmenter and writing down what came out."""

import csv
import heapq
import itertools
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tf_rloss import data, evaluation, visualization

from .image_progress import ImageProgress
from .trained import Trained

SHOWN = 6
"""Images in each of best.png and worst.png."""
OVERLAY_ALPHA = 0.6
COLUMNS = ("image", "truth", "prediction")


class Row(NamedTuple):
    """One line of best.png or worst.png."""

    title: str
    pictures: list[np.ndarray]


class Extremes:
    """Keeps the pictures of the images with the highest and the lowest IoU.

    Args:
        source: where names and colours come from.
    """

    def __init__(self, source: data.Source):
        self._source = source
        self._order = itertools.count()
        self._best: list[tuple[float, int, Row]] = []
        self._worst: list[tuple[float, int, Row]] = []

    def add(self, example: evaluation.Example) -> None:
        """Looks at one image; those without a labelled pixel have no IoU."""
        iou = example.confusion.mean_iou
        if np.isnan(iou):
            return
        # The number makes entries comparable when two images score the same; the
        # earlier image stays, as counts run down.
        number = -next(self._order)
        for heap, key in ((self._best, iou), (self._worst, -iou)):
            if len(heap) < SHOWN or (key, number) > heap[0][:2]:
                entry = (key, number, self._row(example))
                if len(heap) < SHOWN:
                    heapq.heappush(heap, entry)
                else:
                    heapq.heapreplace(heap, entry)

    def _row(self, example: evaluation.Example) -> Row:
        palette = self._source.palette
        height, width = example.mask.shape
        image = np.asarray(Image.fromarray(example.image).resize((width, height)))
        name = self._source.ids[example.index]
        return Row(
            f"{name}   mean IoU {example.confusion.mean_iou:.3f}",
            [
                image,
                visualization.overlay(image, example.mask, palette, OVERLAY_ALPHA),
                visualization.overlay(image, example.label_map, palette, OVERLAY_ALPHA),
            ],
        )

    @property
    def best(self) -> list[Row]:
        """Rows of the images with the highest IoU, highest first."""
        return _in_order(self._best)

    @property
    def worst(self) -> list[Row]:
        """Rows of the images with the lowest IoU, lowest first."""
        return _in_order(self._worst)

    def write(self, folder: pathlib.Path) -> None:
        """Writes best.png and worst.png."""
        for name, rows in (("best", self.best), ("worst", self.worst)):
            if rows:
                visualization.contact_sheet(
                    [row.pictures for row in rows],
                    folder / f"{name}.png",
                    COLUMNS,
                    row_titles=[row.title for row in rows],
                    legend=(self._source.class_names, self._source.palette),
                )


def _in_order(heap: list[tuple[float, int, Row]]) -> list[Row]:
    """Returns the rows of a heap, largest key first."""
    entries = sorted(heap, key=lambda entry: entry[:2], reverse=True)
    return [row for _, _, row in entries]


def score(
    trained: Trained,
    source: data.Source,
    scales: Sequence[float] = (1.0,),
    flip: bool = False,
    refine: Callable | None = None,
) -> tuple[evaluation.ConfusionMatrix, Extremes]:
    """Evaluates on every image of a source, and keeps the extreme ones.

    Args:
        trained: the segmenter.
        source: images with masks.
        scales, flip, refine: as `evaluation.make_predict` takes them.
    """
    progress = ImageProgress(len(source), "evaluated")
    extremes = Extremes(source)

    def on_example(example: evaluation.Example) -> None:
        extremes.add(example)
        progress.advance()

    confusion = evaluation.evaluate(
        evaluation.make_predict(trained.segmenter, scales, flip, refine),
        data.eval_pipeline(source),
        source.num_classes,
        on_example,
    )
    progress.finish()
    return confusion, extremes


def write_results(
    output_dir: str,
    trained: Trained,
    source: data.Source,
    protocol: Mapping[str, Any],
    confusion: evaluation.ConfusionMatrix,
    extremes: Extremes,
) -> pathlib.Path:
    """Writes metrics.json, per_class.csv and the pictures; returns their folder."""
    folder = pathlib.Path(output_dir)
    metrics = {
        "checkpoint": str(trained.path),
        "data": source.name,
        "images": len(source),
        **protocol,
        **evaluation.summarize(confusion, source.class_names),
    }
    with visualization.atomic_file(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    rows = evaluation.table_rows(confusion, source.class_names)
    with (
        visualization.atomic_file(folder / "per_class.csv") as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    visualization.confusion_picture(
        confusion.matrix, source.class_names, folder / "confusion.png"
    )
    extremes.write(folder)
    return folder
