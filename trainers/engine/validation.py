"""Validation: scores and files of the averaged weights."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tf_rloss import data, evaluation, visualization
from tf_rloss.files import atomic_file

from .devices import place_of, sum_over_workers
from .extremes import SHOWN, Extremes

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
        strategy: workers that score a part of the images each; None: this process
            alone scores all.

    Attributes:
        columns: column of the history -> the score that it holds.
        confusion: counts of pixels of the last evaluation; None before it.
        ious: float64 (N,), mean IoU of each image in it, NaN without a labelled pixel.
    """

    def __init__(
        self,
        segmenter: keras.Model,
        source: data.Source | None,
        energies: Mapping[str, keras.losses.Loss] | None = None,
        size: tuple[int, int] | None = None,
        strategy: tf.distribute.Strategy | None = None,
    ):
        self._segmenter = segmenter
        self._source = source
        self._energies = dict(energies or {})
        self._strategy = strategy or tf.distribute.get_strategy()
        self.columns = {"val_miou": "mean_iou", "val_pixel_accuracy": "pixel_accuracy"}
        self.columns |= {f"val_{name}": name for name in self._energies}
        channels = segmenter.input_shape[-1]
        images = tf.TensorSpec((1, None, None, channels), tf.float32)
        probs = tf.TensorSpec((1, None, None, segmenter.output_shape[-1]), tf.float32)
        self._measure = tf.function(
            lambda image, probs: {
                name: loss.call(with_region(image), probs)
                for name, loss in self._energies.items()
            },
            input_signature=[images, probs],
        )
        self._predict = evaluation.make_predict(segmenter)
        if size is not None:
            self._predict = predict_stretched(self._predict, size)
        self._pictures: list[list[np.ndarray]] = []
        self.confusion: evaluation.ConfusionMatrix | None = None
        self.ious = np.zeros(0)

    def use(self, weights: Sequence[np.ndarray]) -> None:
        """Sets the weights that `evaluate` scores and `save` writes."""
        self._segmenter.set_weights(weights)

    def evaluate(self, alone: bool = False) -> dict[str, Any] | None:
        """Returns the scores and each energy, by name; None without a source.

        Args:
            alone: whether this process scores all images, although there are others;
                else all of them have to call this.
        """
        if self._source is None:
            return None
        place, count = (0, 1) if alone else place_of(self._strategy)
        own = range(place, len(self._source), count)
        self._pictures = []
        # IoU and energies of each image; those of other workers' images stay 0.
        ious, *energies = table = np.zeros((1 + len(self._energies), len(self._source)))
        measured = iter(own)

        def predict(image: np.ndarray, out_size: tuple[int, int]) -> np.ndarray:
            """Predicts at the image's size, measures, and resizes to the mask's."""
            probs = self._predict(image, image.shape[:2])[np.newaxis]
            batch = tf.cast(image[np.newaxis], tf.float32)
            values, index = self._measure(batch, probs), next(measured)
            for row, name in zip(energies, self._energies, strict=True):
                row[index] = float(values[name][0])
            return evaluation.resize_probs(probs, out_size)[0].numpy()

        def remember(example: evaluation.Scored) -> None:
            ious[own[example.index]] = example.confusion.mean_iou
            self._picture(example)

        self.confusion = evaluation.ConfusionMatrix(self._source.num_classes)
        if own:  # There can be more workers than images.
            self.confusion = evaluation.evaluate(
                predict if self._energies else self._predict,
                data.eval_pipeline(self._source.take(own)),
                self._source.num_classes,
                on_example=remember,
            )
        if not alone:
            matrix = self.confusion.matrix
            self.confusion.matrix = sum_over_workers(self._strategy, matrix)
            table = sum_over_workers(self._strategy, table)
        self.ious = table[0]
        means = {
            name: float(np.mean(values))
            for name, values in zip(self._energies, table[1:], strict=True)
        }
        return evaluation.summarize(self.confusion, self._source.class_names) | means

    def extremes(self) -> Extremes:
        """Predicts the images that the last evaluation found best and worst again."""
        found = Extremes(self._source)
        known = np.flatnonzero(~np.isnan(self.ious))
        order = known[np.argsort(self.ious[known], kind="stable")]
        downwards = known[np.argsort(-self.ious[known], kind="stable")]
        chosen = sorted({*order[:SHOWN].tolist(), *downwards[:SHOWN].tolist()})

        def add(example: evaluation.Scored) -> None:
            found.add(dataclasses.replace(example, index=chosen[example.index]))

        source = self._source.take(chosen)
        pipeline = data.eval_pipeline(source)
        evaluation.evaluate(self._predict, pipeline, source.num_classes, add)
        return found

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

    def _picture(self, example: evaluation.Scored) -> None:
        if len(self._pictures) < PICTURED:
            palette = self._source.palette
            form, size = self._source.image_form, example.mask.shape
            self._pictures.append(
                [
                    form.picture(example.image, size),
                    visualization.label_image(example.mask, palette),
                    visualization.label_image(example.label_map, palette),
                ]
            )


def with_region(image: tf.Tensor) -> tf.Tensor:
    """Returns an image (B, H, W, C) as the target "image": all of it is the region."""
    return tf.pad(image, [[0, 0]] * 3 + [[0, 1]], constant_values=1.0)


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
