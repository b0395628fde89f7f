"""Cross entropy over the labelled pixels of a scribble: the first term of eq. 2."""

from collections.abc import Sequence

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_choice, check_rank
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.function_loss import SegmentationLoss
from tf_rloss.losses.likelihood import negative_log_likelihood
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import (
    as_labels,
    as_pixel_weight,
    as_prediction,
    at_stride,
)
from tf_rloss.losses.value_checks import check_same_size

NORMALIZE_BY = ("image", "batch")


def partial_crossentropy(
    labels: TensorLike,
    probs: TensorLike,
    *,
    ignore_class: int = IGNORE_LABEL,
    normalize_by: str = "image",
    stride: int = 1,
    class_weight: Sequence[float] | None = None,
    from_logits: bool = False,
    sample_weight: TensorLike | None = None,
) -> tf.Tensor:
    """Computes the mean of -log S_p,y over the labelled pixels p of each image (eq. 2).

    Every image is normalised by its own number of labelled pixels, so the value
    does not depend on which images share a batch or a replica. An image without
    any labelled pixel gives 0 and a zero gradient.

    The paper's own networks were trained with `normalize_by="batch"` and `stride=8`.

    Args:
        labels: integers (or floats that hold integers) of shape (B, H, W), from 0
            to K - 1, or `ignore_class` where nothing is known.
        probs: float tensor (B, H, W, K), softmax probabilities.
        ignore_class: value of the unlabelled pixels.
        normalize_by: "image", or "batch" for the mean over the labelled pixels of
            all images (of a replica), in which an image weighs as much as it has
            labels.
        stride: only every `stride`-th row and column counts, starting with the first.
            Where the cells of a network of this stride lie on those pixels, these are
            its cells.
        class_weight: weight of each class, K numbers from 0, for classes that are rare
            or matter more. The mean over labelled pixels is weighted by those of their
            labels: sum_p w_y(p) (-log S_p,y(p)) / sum_p w_y(p). None: all weigh 1.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        sample_weight: None, or (B, H, W), a factor of each pixel's term. As in Keras,
            the number of labels (or their weight), by which the sum is divided,
            stays the same.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64. Its
        mean is the loss of the batch.

    Raises:
        ValueError: if `labels` is not (B, H, W) or `probs` not (B, H, W, K), or for
            an option out of range.
    """
    check_options(ignore_class=ignore_class, stride=stride, class_weight=class_weight)
    check_choice("normalize_by", normalize_by, NORMALIZE_BY)
    labels = tf.convert_to_tensor(labels)
    probs = as_prediction(probs, from_logits, labels)
    labels = as_labels(_check_labels(labels, probs))
    labels = check_same_size("labels", labels, probs)
    weight_of_pixel = as_pixel_weight(sample_weight, probs)
    weight_of_pixel, labels, probs = at_stride(stride, weight_of_pixel, labels, probs)
    likelihood, labelled = negative_log_likelihood(
        labels, probs, ignore_class, from_logits
    )
    weight = tf.cast(labelled, probs.dtype)
    if class_weight is not None:
        weight *= _weights_of(labels, labelled, class_weight, probs)
        likelihood *= weight
    likelihood *= weight_of_pixel
    count = tf.reduce_sum(weight, axis=[1, 2])
    if normalize_by == "batch":
        count = tf.fill(tf.shape(count), tf.reduce_mean(count))
    return tf.math.divide_no_nan(tf.reduce_sum(likelihood, axis=[1, 2]), count)


def _check_labels(labels: tf.Tensor, probs: tf.Tensor) -> tf.Tensor:
    """Returns labels of known rank; says how to make ids of one-hot labels."""
    expected = "one integer per pixel, (B, H, W)"
    if labels.shape.rank == 4 and labels.shape[-1] == 1:
        expected += ": labels[..., 0] drops the last axis"
    elif labels.shape.rank == 4 and labels.shape[-1] == probs.shape[-1]:
        expected += ": tf.argmax(labels, axis=-1) makes it of one-hot labels"
    return check_rank("labels", labels, 3, expected)


def _weights_of(
    labels: tf.Tensor,
    labelled: tf.Tensor,
    class_weight: Sequence[float],
    probs: tf.Tensor,
) -> tf.Tensor:
    """Returns the weight of the label of every pixel, (B, H, W)."""
    if probs.shape[-1] not in (None, len(class_weight)):
        raise ValueError(
            f"`class_weight` must have one number for each of {probs.shape[-1]} "
            f"classes. Received: {len(class_weight)} numbers"
        )
    classes = tf.clip_by_value(tf.where(labelled, labels, 0), 0, len(class_weight) - 1)
    return tf.gather(tf.constant(class_weight, probs.dtype), classes)


@keras.saving.register_keras_serializable(package="tf_rloss")
class PartialCrossentropy(SegmentationLoss, function=partial_crossentropy):
    """Cross entropy over labelled pixels, as a Keras loss on the target "scribble".

    Args:
        ignore_class: value of the unlabelled pixels.
        normalize_by: "image" or "batch".
        stride: only every `stride`-th row and column counts.
        class_weight: weight of each class, K numbers; None: all weigh 1.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"scribble": PartialCrossentropy(), ...})
    """

    ignore_class: int = IGNORE_LABEL
    normalize_by: str = "image"
    stride: int = 1
    class_weight: Sequence[float] | None = None
    name: str = "partial_crossentropy"
    _weighs_pixels = True

    def _check(self) -> None:
        super()._check()
        check_choice("normalize_by", self.normalize_by, NORMALIZE_BY)
