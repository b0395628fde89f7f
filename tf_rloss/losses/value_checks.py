"""Checks of values: mistakes of a caller that no shape shows.

They cost a few sums. Called eagerly they raise ValueError; in a graph they are
assertions, which raise InvalidArgumentError with the same sentence. XLA leaves
assertions out.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tf_rloss.checks import MOST_FEATURES

ROUNDING = 0.05
"""Sums of probabilities may differ from 1 by this. Half precision, which rounds each of
them to three digits, and finite differences stay far below it; logits do not."""

_SMALL_RANGE = 6.0
"""Images in [0, 1] or [-1, 1], or standardized ones, span less than this."""


def check_order(target: tf.Tensor, probs: tf.Tensor) -> None:
    """Raises ValueError if the prediction was given first: it has the more axes."""
    ranks = target.shape.rank, probs.shape.rank
    if None not in ranks and ranks[1] < 4 and ranks[0] > ranks[1]:
        raise _swapped(target, probs)


def check_order_of_images(image: tf.Tensor, probs: tf.Tensor) -> None:
    """Raises ValueError if the last axes tell that image and prediction are swapped."""
    if image.shape.rank != probs.shape.rank or image.shape.rank not in (4, 5):
        return
    of_image, of_probs = image.shape[-1], probs.shape[-1]
    most = MOST_FEATURES - (image.shape.rank - 2)
    if None not in (of_image, of_probs) and of_image > most >= of_probs:
        raise ValueError(
            f"Images have at most {most} channels here. Or are target and prediction "
            "swapped? The image, a target, comes first. Received: an image of shape "
            f"{tuple(image.shape)}, a prediction of shape {tuple(probs.shape)}"
        )


def check_prediction(probs: tf.Tensor, from_logits: bool) -> None:
    """Raises an error if probabilities (B, ..., K) are logits, or logits are not.

    Only the first row of each image is looked at, so that a step takes no longer:
    logits show in every row. Pixels of which all K are 0 may be padding.
    """
    row = tf.stop_gradient(probs[:, :1, :1] if probs.shape.rank == 5 else probs[:, :1])
    sums = tf.reduce_sum(row, axis=-1)
    if from_logits:
        if probs.shape[-1] == 1:
            return
        in_range = tf.reduce_all((row >= 0.0) & (row <= 1.0))
        sure = tf.reduce_all(tf.abs(sums - 1.0) < 1e-3) & in_range & (tf.size(row) > 0)
        _require(
            ~sure,
            "`probs` are probabilities, which sum to 1 over the last axis: leave out "
            "`from_logits=True`, which takes their softmax once more.",
            lambda: {"largest value": tf.reduce_max(row)},
        )
        return
    wrong = tf.abs(sums - 1.0) > ROUNDING
    if probs.shape[-1] == 1:  # One class may be the foreground's sigmoid.
        wrong = sums > 1.0 + ROUNDING
    padding = tf.reduce_all(tf.equal(row, 0.0), axis=-1)
    wrong = (wrong & ~padding) | tf.reduce_any(row < -ROUNDING, axis=-1)
    _require(
        ~tf.reduce_any(wrong),
        "`probs` must be softmax probabilities: at least 0, with a sum of 1 over the "
        "last axis. If these are logits, pass `from_logits=True`. If this is the "
        "target, swap the arguments: the target comes first, then the prediction.",
        lambda: {
            "smallest value": tf.reduce_min(row),
            "smallest sum": tf.reduce_min(sums),
            "largest sum": tf.reduce_max(sums),
        },
    )


def check_labels(labels: tf.Tensor, num_classes: tf.Tensor, ignore_class: int) -> None:
    """Raises an error if a label is neither a class nor `ignore_class`.

    Args:
        labels: int32 tensor of any shape.
        num_classes: number of classes K.
        ignore_class: value of the unlabelled pixels.
    """
    wrong = ((labels < 0) | (labels >= num_classes)) & (labels != ignore_class)
    _require(
        ~tf.reduce_any(wrong),
        "Labels must be class numbers below the number of classes, from 0, or "
        f"ignore_class={ignore_class} where nothing is known.",
        lambda: {
            "label": tf.reduce_max(tf.where(wrong, labels, labels.dtype.min)),
            "number of classes": num_classes,
        },
    )


def check_same_size(name: str, tensor: tf.Tensor, probs: tf.Tensor) -> tf.Tensor:
    """Returns a tensor; an error if its B, H or W differ from those of `probs`.

    Args:
        name: name of the argument.
        tensor: its value, (B, H, W) or (B, H, W, C); (B, D, H, W) or (B, D, H, W, C)
            of volumes.
        probs: tensor (B, H, W, K), or (B, D, H, W, K).

    Raises:
        ValueError: if they are known to differ; where they are not known,
            InvalidArgumentError in the run.
    """
    axes = probs.shape.rank - 1
    equal = "height" if axes == 3 else "depth, height"
    sentence = f"`{name}` and `probs` must have the same batch size, {equal} and width."
    sizes = tensor.shape[:axes], probs.shape[:axes]
    if not sizes[0].is_compatible_with(sizes[1]):
        raise ValueError(
            f"{sentence} Received: {name}.shape={tuple(tensor.shape)}, "
            f"probs.shape={tuple(probs.shape)}"
        )
    if all(size.is_fully_defined() for size in sizes):
        return tensor
    found = {name: tf.shape(tensor)[:axes], "probs": tf.shape(probs)[:axes]}
    same = tf.reduce_all(tf.equal(found[name], found["probs"]))
    # What uses the tensor waits for the check, and cannot fail before it.
    with tf.control_dependencies(_require(same, sentence, lambda: found)):
        return tf.identity(tensor)


def check_tag_shape(tags: tf.Tensor, name: str, scores: tf.Tensor) -> None:
    """Raises an error unless tags (B, K) have the B and K of scores (B, H, W, K)."""
    shape, expected = tf.shape(tags), tf.gather(tf.shape(scores), [0, 3])
    _require(
        tf.reduce_all(tf.equal(shape, expected)),
        f"`tags` must be 0 or 1 for each class of `{name}`, (B, K).",
        lambda: {
            "rows of tags": shape[0],
            "columns": shape[1],
            "batch": expected[0],
            "classes": expected[1],
        },
    )


def check_whole(labels: tf.Tensor) -> None:
    """Raises an error if labels of a float type are not whole numbers."""
    if not labels.dtype.is_floating:
        return
    wrong = tf.not_equal(labels, tf.round(labels))
    _require(
        ~tf.reduce_any(wrong),
        "Labels must be whole numbers, one class for each pixel. If a label map was "
        "resized, take the nearest pixel, not a mean of several.",
        lambda: {"label": tf.reduce_max(tf.where(wrong, labels, labels.dtype.min))},
    )


def warn_of_small_range(image: tf.Tensor, sigma_color: float | Sequence[float]) -> None:
    """Warns, where values are known, of an image that the bandwidths do not fit.

    Args:
        image: float tensor (B, ..., C).
        sigma_color: bandwidth in units of the image, or one for each channel.
    """
    if not tf.executing_eagerly() or not image.shape.num_elements():
        return
    axes = list(range(image.shape.rank - 1))
    least, most = tf.reduce_min(image, axes).numpy(), tf.reduce_max(image, axes).numpy()
    span = most - least
    sentence = None
    if span.max() > 0 and np.all(span <= np.minimum(_SMALL_RANGE, sigma_color)):
        sentence = (
            f"`image` has values from {least.min():.3g} to {most.max():.3g}: with "
            f"sigma_color={sigma_color} all colours count as equal. Give `sigma_color` "
            "in units of the image, or multiply by 255 an image in [0, 1]."
        )
    elif len(span) > 1 and 0 <= least[-1] <= most[-1] <= 1 < span.max():
        sentence = (
            "The last channel of `image` is in [0, 1], and others are not. If it is "
            "the region of interest, pass it as `region`, or say `region_channel=True`."
        )
    if sentence:
        warnings.warn(sentence, stacklevel=4)


def _require(
    holds: tf.Tensor, sentence: str, found: Callable[[], dict[str, tf.Tensor]]
) -> list[tf.Operation]:
    """Raises an error with `sentence` and the values of `found` unless `holds`.

    Returns:
        The assertion, where only the run of a graph can tell.
    """
    known = tf.get_static_value(holds)
    if known is None:
        data = [part for item in found().items() for part in item]
        return [tf.debugging.Assert(holds, [f"{sentence} Received:", *data])]
    if not known:
        values = [f"{name} {float(value):.6g}" for name, value in found().items()]
        raise ValueError(f"{sentence} Received: {', '.join(values)}")
    return []


def _swapped(target: tf.Tensor, probs: tf.Tensor) -> ValueError:
    return ValueError(
        "Target and prediction seem to be swapped: the target comes first. Received: "
        f"a target of shape {tuple(target.shape)}, a prediction of shape "
        f"{tuple(probs.shape)}"
    )
