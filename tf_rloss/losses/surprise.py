"""Logarithms of probabilities that stay finite, and the surprise at a label."""

import tensorflow as tf

# Keeps log and its gradient finite where a probability underflows to 0, without
# the dead zone that clipping at a larger value would give the worst pixels.
_TINY = 1e-30


def log(probs):
    """The logarithm of probabilities, finite at 0."""
    return tf.math.log(probs + _TINY)


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
    return tf.where(labelled, -log(likelihood), 0.0), labelled
