"""The negative log likelihood of labels, and probabilities with a floor."""

import tensorflow as tf

from tf_rloss.losses.value_checks import check_labels
from tf_rloss.ops.dense_crf import log_probs


def with_floor(probs: tf.Tensor, floor: float) -> tf.Tensor:
    """Adds `floor` to each of K probabilities and makes them sum to 1 again."""
    if not floor:
        return probs
    classes = tf.cast(tf.shape(probs)[-1], probs.dtype)
    return (probs + floor) / (1.0 + classes * floor)


def negative_log_likelihood(
    labels: tf.Tensor,
    probs: tf.Tensor,
    ignore_class: int,
    from_logits: bool = False,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Computes -log S_p,y at the labelled pixels, and 0 at the others.

    Args:
        labels: int32 (B, H, W), or (B, D, H, W) of volumes, from 0 to K - 1, or
            `ignore_class`.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K).
        ignore_class: value of the unlabelled pixels.
        from_logits: whether `probs` are logits. No probability then vanishes.

    Returns:
        The negative log likelihood, of the shape of `labels` and the type of `probs`,
        and a bool tensor of this shape that is true at the labelled pixels.

    Raises:
        ValueError: if a label is no class; in a graph InvalidArgumentError. Compiled
            by XLA, which leaves checks out, its pixel gives NaN.
    """
    num_classes = tf.shape(probs)[-1]
    check_labels(labels, num_classes, ignore_class)
    labelled = tf.not_equal(labels, ignore_class)
    is_class = (labels >= 0) & (labels < num_classes)
    values = tf.nn.log_softmax(probs) if from_logits else probs
    wanted = tf.where(is_class & labelled, labels, 0)
    chosen = tf.gather(values, wanted, batch_dims=labels.shape.rank)
    log_likelihood = chosen if from_logits else log_probs(chosen)
    log_likelihood = tf.where(is_class, log_likelihood, float("nan"))
    return tf.where(labelled, -log_likelihood, 0.0), labelled
