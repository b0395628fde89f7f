"""Validation: scores and files of the averaged weights."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tf_rloss import data, evaluation, visualization
from tf_rloss.files import atomic_file

from .extremes import Extremes

PICTURED = 6
"""Images of the validation set whose prediction is shown."""


class Validator:
    """Evaluator of weights on validation images, which also writes them to files.

    Args:
        segmenter: a plain segmenter, whose weights `use` replaces.
        source: images with masks; None: nothing to validate on.
        energies: name -> loss whose target is the image. Its mean over the source is
            logged, on the probabilities at the size of the network's image.
        size: height and width in pixels that images are resized to for the network,
            whatever their shape; None: as they are.

    Attributes:
        columns: column of the history -> the score that it holds.
        confusion: counts of pixels of the last evaluation; None before it.
        extremes: images that it labelled best and worst.
    """

    def __init__(
        self,
        segmenter: keras.Model,
        source: data.Source | None,
        energies: Mapping[str, keras.losses.Loss] | None = None,
        size: tuple[int, int] | None = None,
    ):
        self._segmenter = segmenter
        self._source = source
        self._energies = dict(energies or {})
        self._values: dict[str, list[float]] = {}
        self.columns = {"val_miou": "mean_iou", "val_pixel_accuracy": "pixel_accuracy"}
        self.columns |= {f"val_{name}": name for name in self._energies}
        images = tf.TensorSpec((1, None, None, 3), tf.float32)
        probs = tf.TensorSpec((1, None, None, segmenter.output_shape[-1]), tf.float32)
        self._measure = tf.function(
            lambda image, probs: {
                name: loss.call(image, probs) for name, loss in self._energies.items()
            },
            input_signature=[images, probs],
        )
        self._predict = evaluation.make_predict(segmenter)
        if size is not None:
            self._predict = predict_stretched(self._predict, size)
        self._pictures: list[list[np.ndarray]] = []
        self.confusion: evaluation.ConfusionMatrix | None = None
        self.extremes: Extremes | None = None

    def use(self, weights: Sequence[np.ndarray]) -> None:
        """Sets the weights that `evaluate` scores and `save` writes."""
        self._segmenter.set_weights(weights)

    def evaluate(self) -> dict[str, Any] | None:
        """Returns the scores and each energy, by name; None without a source."""
        if self._source is None:
            return None
        self._pictures, self.extremes = [], Extremes(self._source)
        self._values = {name: [] for name in self._energies}
        self.confusion = evaluation.evaluate(
            self._predict_and_measure if self._energies else self._predict,
            data.eval_pipeline(self._source),
            self._source.num_classes,
            on_example=self._remember,
        )
        means = {name: float(np.mean(values)) for name, values in self._values.items()}
        return evaluation.summarize(self.confusion, self._source.class_names) | means

    def _predict_and_measure(
        self, image: np.ndarray, out_size: tuple[int, int]
    ) -> np.ndarray:
        """Predicts at the size of the image, measures, and resizes to the mask's."""
        probs = self._predict(image, image.shape[:2])[np.newaxis]
        batch = tf.cast(image[np.newaxis], tf.float32)
        for name, value in self._measure(batch, probs).items():
            self._values[name].append(float(value[0]))
        return evaluation.resize_probs(probs, out_size)[0].numpy()

    def save(self, path: pathlib.Path) -> None:
        """Writes the segmenter as a `.keras` file, complete or not at all."""
        with atomic_file(path) as temporary:
            self._segmenter.save(temporary)

    def picture(self) -> np.ndarray | None:
        """Returns image, truth and prediction of some images as a uint8 RGB picture."""
        if not self._pictures:
            return None
        legend = (self._source.class_names, self._source.palette)
        titles = ("image", "truth", "prediction")
        return visualization.compose(self._pictures, titles, legend=legend)

    def _remember(self, example: evaluation.Scored) -> None:
        self.extremes.add(example)
        if len(self._pictures) < PICTURED:
            palette = self._source.palette
            self._pictures.append(
                [
                    example.full_image,
                    visualization.label_image(example.mask, palette),
                    visualization.label_image(example.label_map, palette),
                ]
            )


def predict_stretched(
    predict: evaluation.Predict, size: tuple[int, int]
) -> evaluation.Predict:
    """Returns a prediction on images resized to `size`, as SEC's networks see them.

    Args:
        predict: function from an image and a size to probabilities of that size.
        size: height and width in pixels for the network, whatever the image's shape.
    """

    def stretched(image: np.ndarray, out_size: tuple[int, int]) -> np.ndarray:
        resized = tf.image.resize(tf.cast(image, tf.float32), size)
        return predict(resized.numpy(), out_size)

    return stretched
