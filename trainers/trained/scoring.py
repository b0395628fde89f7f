"""Scores of a segmenter on images with masks, and the files that hold them."""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tf_rloss import data, evaluation, visualization
from tf_rloss.files import csv_text, write_json, write_text

from ..crf_options import CRFOptions
from ..datasets.options import FOLDER, DataOptions
from ..datasets.sources import evaluation_source
from ..engine.progress import ImageProgress
from ..engine.validation import predict_stretched
from ..options import Given, build
from .crf_settings import crf_settings, make_crf
from .loading import load_trained
from .options import ScoringOptions

SHOWN = 6
"""Images in each of best.png and worst.png."""
OVERLAY_ALPHA = 0.6
COLUMNS = ("image", "truth", "prediction")


class Row(NamedTuple):
    """One line of best.png or worst.png."""

    title: str
    pictures: list[np.ndarray]


class Extremes:
    """The pictures of the images with the highest and the lowest IoU.

    Args:
        source: images, with their names and the colours of the classes.
    """

    def __init__(self, source: data.Source):
        self._source = source
        self._best: list[tuple[float, Row]] = []
        self._worst: list[tuple[float, Row]] = []

    def add(self, example: evaluation.Scored) -> None:
        """Adds an image; one without a labelled pixel has no IoU and is left out."""
        iou = example.confusion.mean_iou
        if np.isnan(iou):
            return
        for kept, key in ((self._best, iou), (self._worst, -iou)):
            if len(kept) < SHOWN or key > kept[-1][0]:
                kept.append((key, self._row(example)))
                # Of two images that score the same the earlier one stays in front.
                kept.sort(key=lambda entry: entry[0], reverse=True)
                del kept[SHOWN:]

    def _row(self, example: evaluation.Scored) -> Row:
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
        return [row for _, row in self._best]

    @property
    def worst(self) -> list[Row]:
        """Rows of the images with the lowest IoU, lowest first."""
        return [row for _, row in self._worst]

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


def evaluate(given: Given) -> dict[str, Any]:
    """Scores as the flags say, prints the table and writes the results.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Returns:
        The content of metrics.json.
    """
    options, images = build(ScoringOptions, given), DataOptions.of(given)
    trained = load_trained("checkpoint", options.checkpoint)
    # A CRF works on the images as they are; then only the network's are scaled.
    full_size = given.get("crf") is not None and images.dataset == FOLDER
    source = evaluation_source(
        images,
        trained.class_names,
        trained.num_classes,
        str(trained.path),
        image_scale=1.0 if full_size else None,
    )
    crf = crf_settings(CRFOptions.of(given), max(source.size))
    factor = images.image_scale if full_size else 1.0
    predict = evaluation.make_predict(
        trained.segmenter,
        [factor * scale for scale in options.scales],
        options.flip,
        None if crf is None else make_crf(crf),
    )
    if options.stretch_to is not None:
        predict = predict_stretched(predict, options.stretch_to)
    confusion, extremes = score(predict, source)
    print(evaluation.format_table(confusion, source.class_names))
    metrics = {
        "checkpoint": str(trained.path),
        "data": source.name,
        "images": len(source),
        "scales": list(options.scales),
        "flip": options.flip,
        "stretch_to": options.stretch_to,
        "image_scale": images.image_scale,
        "post-processing": crf,
        **evaluation.summarize(confusion, source.class_names),
        "flags": dict(given),
    }
    folder = pathlib.Path(given["output_dir"])
    write_results(folder, source, metrics, confusion, extremes)
    print(f"Metrics and pictures: {folder}")
    return metrics


def score(
    predict: evaluation.Predict, source: data.Source
) -> tuple[evaluation.ConfusionMatrix, Extremes]:
    """Evaluates on every image of a source, and keeps the extreme ones.

    Args:
        predict: function from an image and a size to probabilities of that size.
        source: images with masks.
    """
    progress = ImageProgress(len(source), "evaluated")
    extremes = Extremes(source)

    def on_example(example: evaluation.Scored) -> None:
        extremes.add(example)
        progress.advance()

    confusion = evaluation.evaluate(
        predict,
        data.eval_pipeline(source),
        source.num_classes,
        on_example,
    )
    progress.finish()
    return confusion, extremes


def write_results(
    folder: pathlib.Path,
    source: data.Source,
    metrics: Mapping[str, Any],
    confusion: evaluation.ConfusionMatrix,
    extremes: Extremes,
) -> None:
    """Writes metrics.json, per_class.csv and the pictures."""
    write_json(folder / "metrics.json", metrics)
    rows = evaluation.table_rows(confusion, source.class_names)
    write_text(folder / "per_class.csv", csv_text(rows))
    visualization.confusion_picture(
        confusion.matrix, source.class_names, folder / "confusion.png"
    )
    extremes.write(folder)
