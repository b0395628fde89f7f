"""The negative log likelihood of labels, and probabilities with a floor."""

import tensorflow as tf

from tf_rloss.ops.dense_crf import log_probs


def with_floor(probs: tf.Tensor, floor: float) -> tf.Tensor:
    """Adds `floor` to each of K probabilities and makes them sum to 1 again."""
    if not floor:
        return probs
    classes = tf.cast(tf.shape(probs)[-1], probs.dtype)
    return (probs + floor) / (1.0 + classes * floor)


def negative_log_likelihood(
    labels: tf.Tensor, probs: tf.Tensor, ignore_class: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Computes -log S_p,y at the labelled pixels, and 0 at the others.

    Args:
        labels: int32 (B, H, W), from 0 to K - 1, or `ignore_class`.
        probs: float tensor (B, H, W, K).
        ignore_class: value of the unlabelled pixels.

    Returns:
        The negative log likelihood (B, H, W) of the type of `probs`, and a bool tensor
        (B, H, W) that is true at the labelled pixels.
    """
    labelled = tf.not_equal(labels, ignore_class)
    classes = tf.where(labelled, labels, 0)
    # Fails on a label that is no class; the error then carries this name.
    likelihood = tf.gather(probs, classes, batch_dims=3, name="labels")
    # XLA and GPUs do not fail but give some number; the NaN marks it.
    is_class = (classes >= 0) & (classes < tf.shape(probs)[-1])
    likelihood = tf.where(is_class, likelihood, float("nan"))
    return tf.where(labelled, -log_probs(likelihood), 0.0), labelled
