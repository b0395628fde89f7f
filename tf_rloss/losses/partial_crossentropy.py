"""Cross entropy over the labelled pixels of a scribble: the first term of eq. 2."""

import keras
import tensorflow as tf

from tf_rloss.checks import (
    check_choice,
    check_integer,
    check_probs,
    check_rank,
    check_same_size,
)
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.surprise import surprise_at_labels


def partial_crossentropy(
    labels, probs, *, ignore_label=IGNORE_LABEL, normalize_by="image", stride=1
):
    """Mean of -log S_p,y over the labelled pixels p of each image (eq. 2).

    Every image is normalised by its own number of labelled pixels, so the value
    does not depend on which images share a batch or a replica. An image without
    any labelled pixel gives 0 and a zero gradient.

    The paper's own networks were trained with `normalize_by="batch"` and `stride=8`.

    Args:
        labels: integers (or floats that hold integers) of shape (B, H, W), from 0
            to K - 1, or `ignore_label` where nothing is known.
        probs: float tensor (B, H, W, K), softmax probabilities.
        ignore_label: the value of unlabelled pixels.
        normalize_by: "image", or "batch" for the mean over the labelled pixels of
            all images (of a replica), in which an image weighs as much as it has
            labels.
        stride: only every so many-th row and column counts, from the first on. At the
            stride of a network whose cells lie on those pixels, its cells do.

    Returns:
        float32 tensor (B,), at least 0; its mean is the loss of the batch.

    Raises:
        ValueError: if `labels` is not (B, H, W) or `probs` not (B, H, W, K), or for
            an option out of range.
    """
    check_choice("normalize_by", normalize_by, ("image", "batch"))
    check_integer("stride", stride, 1, note="pixels")
    labels = tf.cast(labels, tf.int32)
    probs = tf.cast(probs, tf.float32)
    check_probs(probs)
    check_rank("labels", labels, 3, "one integer per pixel, (B, H, W)")
    check_same_size("labels", labels, probs)
    if stride > 1:
        labels = labels[:, ::stride, ::stride]
        probs = probs[:, ::stride, ::stride]
    surprise, labelled = surprise_at_labels(labels, probs, ignore_label)
    count = tf.reduce_sum(tf.cast(labelled, tf.float32), axis=[1, 2])
    if normalize_by == "batch":
        count = tf.fill(tf.shape(count), tf.reduce_mean(count))
    return tf.math.divide_no_nan(tf.reduce_sum(surprise, axis=[1, 2]), count)


@keras.saving.register_keras_serializable(package="tf_rloss")
class PartialCrossentropy(keras.losses.Loss):
    """Cross entropy over labelled pixels, as a Keras loss on the target "scribble".

    Args:
        ignore_label: the value of unlabelled pixels.
        normalize_by: "image" or "batch".
        stride: only every so many-th row and column counts.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.

    Example:
        model.compile(loss={"scribble": PartialCrossentropy(), ...})
    """

    def __init__(
        self,
        ignore_label=IGNORE_LABEL,
        normalize_by="image",
        stride=1,
        reduction="sum_over_batch_size",
        name="partial_crossentropy",
    ):
        # float32 whatever `keras.config.floatx()` is: sums over pixels overflow
        # float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_choice("normalize_by", normalize_by, ("image", "batch"))
        check_integer("stride", stride, 1, note="pixels")
        self._options = {
            "ignore_label": ignore_label,
            "normalize_by": normalize_by,
            "stride": stride,
        }

    def call(self, y_true, y_pred):
        return partial_crossentropy(y_true, y_pred, **self._options)

    def get_config(self):
        return {**super().get_config(), **self._options}
