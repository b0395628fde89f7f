"""The negative log likelihood of labels, and probabilities with a floor."""

import tensorflow as tf

from tf_rloss.ops.dense_crf import log_probs


def with_floor(probs, floor: float):
    """Adds `floor` to each of K probabilities and makes them sum to 1 again."""
    if not floor:
        return probs
    classes = tf.cast(tf.shape(probs)[-1], probs.dtype)
    return (probs + floor) / (1.0 + classes * floor)


def surprise_at_labels(labels, probs, ignore_label: int):
    """Computes -log S_p,y at the labelled pixels, and 0 at the others.

    Args:
        labels: int32 (B, H, W), from 0 to K - 1, or `ignore_label`.
        probs: float32 (B, H, W, K).
        ignore_label: the value of unlabelled pixels.

    Returns:
        The surprise, float32 (B, H, W), and whether there is a label, bool (B, H, W).
    """
    labelled = tf.not_equal(labels, ignore_label)
    classes = tf.where(labelled, labels, 0)
    # Fails on a label that is no class; the error then carries this name.
    likelihood = tf.gather(probs, classes, batch_dims=3, name="labels")
    # XLA and GPUs give some number instead; then the loss is NaN.
    is_class = (classes >= 0) & (classes < tf.shape(probs)[-1])
    likelihood = tf.where(is_class, likelihood, float("nan"))
    return tf.where(labelled, -log_probs(likelihood), 0.0), labelled
