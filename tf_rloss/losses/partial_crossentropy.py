"""Cross entropy over the labelled pixels of a scribble: the first term of eq. 2."""

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import (
    check_choice,
    check_integer,
    check_probs,
    check_rank,
    check_same_size,
)
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.function_loss import FunctionLoss
from tf_rloss.losses.likelihood import negative_log_likelihood
from tf_rloss.losses.preparation import as_floats


def partial_crossentropy(
    labels: TensorLike,
    probs: TensorLike,
    *,
    ignore_class: int = IGNORE_LABEL,
    normalize_by: str = "image",
    stride: int = 1,
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

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64. Its
        mean is the loss of the batch.

    Raises:
        ValueError: if `labels` is not (B, H, W) or `probs` not (B, H, W, K), or for
            an option out of range.
    """
    _check_options(ignore_class, normalize_by, stride)
    labels = tf.cast(labels, tf.int32)
    probs = check_probs(as_floats(probs))
    labels = check_rank("labels", labels, 3, "one integer per pixel, (B, H, W)")
    check_same_size("labels", labels, probs)
    if stride > 1:
        labels = labels[:, ::stride, ::stride]
        probs = probs[:, ::stride, ::stride]
    likelihood, labelled = negative_log_likelihood(labels, probs, ignore_class)
    count = tf.reduce_sum(tf.cast(labelled, probs.dtype), axis=[1, 2])
    if normalize_by == "batch":
        count = tf.fill(tf.shape(count), tf.reduce_mean(count))
    return tf.math.divide_no_nan(tf.reduce_sum(likelihood, axis=[1, 2]), count)


def _check_options(ignore_class: int, normalize_by: str, stride: int) -> None:
    check_integer("ignore_class", ignore_class)
    check_choice("normalize_by", normalize_by, ("image", "batch"))
    check_integer("stride", stride, 1, note="pixels")


@keras.saving.register_keras_serializable(package="tf_rloss")
class PartialCrossentropy(FunctionLoss, function=partial_crossentropy):
    """Cross entropy over labelled pixels, as a Keras loss on the target "scribble".

    Args:
        ignore_class: value of the unlabelled pixels.
        normalize_by: "image" or "batch".
        stride: only every `stride`-th row and column counts.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"scribble": PartialCrossentropy(), ...})
    """

    def __init__(
        self,
        *,
        ignore_class: int = IGNORE_LABEL,
        normalize_by: str = "image",
        stride: int = 1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "partial_crossentropy",
        dtype: str | None = "float32",
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        _check_options(ignore_class, normalize_by, stride)
        self.ignore_class = ignore_class
        self.normalize_by = normalize_by
        self.stride = stride
