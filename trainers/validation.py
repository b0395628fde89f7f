"""Scores and files of the averaged weights, on a plain segmenter of its own."""

import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tf_rloss import data, evaluation, visualization

PICTURED = 6
"""Images of the validation set whose prediction is shown."""


class Validator:
    """Evaluates weights on a validation source and writes them to files.

    Args:
        segmenter: a plain segmenter, whose weights `use` replaces.
        source: images with masks; None: nothing to validate on.
    """

    def __init__(self, segmenter: keras.Model, source: data.Source | None):
        self._segmenter = segmenter
        self._source = source
        self._predict = evaluation.make_predict(segmenter)
        self._pictures: list[list[np.ndarray]] = []

    def use(self, weights: Sequence[np.ndarray]) -> None:
        """Sets the weights that `evaluate` and `save` are about."""
        self._segmenter.set_weights(weights)

    def evaluate(self) -> dict[str, Any] | None:
        """`{"mean_iou", "pixel_accuracy", "iou", ...}`; None without a source."""
        if self._source is None:
            return None
        self._pictures = []
        confusion = evaluation.evaluate(
            self._predict,
            data.eval_pipeline(self._source),
            self._source.num_classes,
            on_example=self._remember,
        )
        return evaluation.summarize(confusion, self._source.class_names)

    def save(self, path: pathlib.Path) -> None:
        """Writes the segmenter as a `.keras` file, complete or not at all."""
        with visualization.atomic_file(path) as temporary:
            self._segmenter.save(temporary)

    def picture(self) -> np.ndarray | None:
        """Image, truth and prediction of some images side by side, uint8 RGB."""
        if not self._pictures:
            return None
        legend = (self._source.class_names, self._source.palette)
        titles = ("image", "truth", "prediction")
        return visualization.compose(self._pictures, titles, legend=legend)

    def _remember(self, example: evaluation.Example) -> None:
        if len(self._pictures) < PICTURED:
            palette = self._source.palette
            self._pictures.append(
                [
                    example.image,
                    visualization.label_image(example.mask, palette),
                    visualization.label_image(example.label_map, palette),
                ]
            )
