"""Choosing the settings of a dense CRF on images with masks that nobody trained on.

As with every setting, choose on a held-out part of the training images, never on
those that scores are reported for:

    held_out = data.synthetic("train", num_images=500).take(range(400, 500))
    probabilities, images, masks = predictions(segmenter, held_out)
    best, ranking = choose_crf(probabilities, images, masks, candidates)

`candidates` makes a grid around settings, such as those that a published system has.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tf_rloss import data, evaluation

from .crf_settings import make_crf


def predictions(
    segmenter: Callable, source: data.Source
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Probabilities (H, W, K), images (H, W, 3) and masks (H, W) of a source.

    All have the size of the mask, as in `evaluation.make_predict`.
    """
    predict = evaluation.make_predict(segmenter)
    probabilities, images, masks = [], [], []
    for item in data.eval_pipeline(source).as_numpy_iterator():
        size = item["mask"].shape
        probabilities.append(predict(item["image"], size))
        images.append(tf.image.resize(item["image"], size).numpy())
        masks.append(item["mask"])
    return probabilities, images, masks


def candidates(
    settings: Mapping[str, Any], **choices: Iterable[float]
) -> list[dict[str, Any]]:
    """All combinations of choices, each with the rest of the settings.

    Args:
        settings: as `crf_settings` returns them.
        **choices: values to try for some of them.
    """
    combinations = itertools.product(*choices.values())
    return [{**settings, **dict(zip(choices, c, strict=True))} for c in combinations]


def choose_crf(
    probabilities: Sequence[np.ndarray],
    images: Sequence[np.ndarray],
    masks: Sequence[np.ndarray],
    grid: Sequence[Mapping[str, Any]],
) -> tuple[Mapping[str, Any], list[tuple[float, Mapping[str, Any]]]]:
    """Finds the settings with which refined predictions have the highest mIoU.

    Args:
        probabilities: (H, W, K) of each image.
        images: RGB in [0, 255], (H, W, 3), of each image.
        masks: labels (H, W) of each image, 255 ignored.
        grid: settings as `make_crf` takes them, one at least.

    Returns:
        `(best, ranking)`: the settings, and `(mIoU, settings)` of the whole grid, the
        highest first; of two that are equal the earlier.
    """
    if not grid:
        raise ValueError("`grid` must hold at least one setting. Received: none")
    ranking = []
    for settings in grid:
        refine = tf.function(make_crf(settings), reduce_retracing=True)
        confusion = evaluation.ConfusionMatrix(probabilities[0].shape[-1])
        for probs, image, mask in zip(probabilities, images, masks, strict=True):
            refined = refine(tf.constant(probs[None]), tf.constant(image[None]))
            confusion.update(mask, np.argmax(refined[0], axis=-1))
        ranking.append((confusion.mean_iou, settings))
    ranking.sort(key=lambda entry: -entry[0])
    return ranking[0][1], ranking
