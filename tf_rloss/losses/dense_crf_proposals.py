"""Proposals of the dense CRF: the step of eq. 9, and the energy that it lowers.

For fixed S the energy of eq. 10 over the unlabelled pixels is, with the normalised
kernels K~_m of weight w_m and R(X) = sum_k X_k' K~ (1 - X_k),

    E(X) = sum_p KL(X_p | S_p) + sum_m w_m / 2  R_m(X)                (eq. 9 and 10)

R counts each pair twice, so that a weight w of mean field is twice the lambda of
eq. 8. Where K~ is positive semidefinite R is concave up to a linear term, and the
parallel update

    X <- softmax(log S + sum_m w_m K~_m X)

minimizes an upper bound of E that touches it at the X before: E never rises.
"""

from typing import Any

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.checks import check_integer
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.preparation import prepare, prepare_labels
from tf_rloss.losses.value_checks import check_labels
from tf_rloss.ops.bilateral import as_points
from tf_rloss.ops.dense_crf import log_probs

# As a logit beyond all messages: the softmax is one-hot to the last bit.
_CERTAIN = 1e30


def dense_crf_proposals(
    image: TensorLike,
    probs: TensorLike,
    *,
    region: TensorLike | None = None,
    labels: TensorLike | None = None,
    ignore_class: int = IGNORE_LABEL,
    from_logits: bool = False,
    **crf: Any,
) -> tf.Tensor:
    """Computes proposals X by mean field, equal to the labels where there are any.

    Args:
        image: as for `dense_crf_adm_loss`.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K), softmax probabilities S.
        region: as for `dense_crf_adm_loss`.
        labels: as for `dense_crf_adm_loss`.
        ignore_class: value of the unlabelled pixels.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: as for `dense_crf_adm_loss`.

    Returns:
        Tensor of the shape of `probs` that sums to 1 over K, in float32, or in float64
        for `probs` in float64. Gradients reach `probs`.

    Raises:
        ValueError: if an option or a shape is wrong.
    """
    settings = ops.DenseCRFSettings(**crf)
    labels = prepare_labels(labels, probs, settings)
    image, region, probs = prepare(
        image, probs, region, settings, scale=1.0, from_logits=from_logits
    )
    labelled, labels = split_labels(labels, probs, ignore_class)
    return infer_proposals(settings, image, region, labelled, labels, log_probs(probs))


def dense_crf_adm_energy(
    image: TensorLike,
    probs: TensorLike,
    proposals: TensorLike,
    *,
    region: TensorLike | None = None,
    labels: TensorLike | None = None,
    ignore_class: int = IGNORE_LABEL,
    from_logits: bool = False,
    **crf: Any,
) -> tf.Tensor:
    """Computes the energy E(X) of proposals for fixed S (eq. 10 but its first term).

    With `normalization="none"`, a bilateral kernel alone and no region, R(X) / N is
    `dense_crf_loss(image, proposals)` of the same bandwidths.

    Args:
        image: as for `dense_crf_adm_loss`.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K), softmax probabilities S.
        proposals: float tensor of the shape of `probs`, X; sums to 1 over K.
        region: as for `dense_crf_adm_loss`.
        labels: as for `dense_crf_adm_loss`.
        ignore_class: value of the unlabelled pixels.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: as for `dense_crf_adm_loss`.

    Returns:
        Tensor (B,), a sum over pixels, in float32, or in float64 for `probs` in
        float64.

    Raises:
        ValueError: if an option or a shape is wrong.
    """
    settings = ops.DenseCRFSettings(**crf)
    labels = prepare_labels(labels, probs, settings)
    image, region, S = prepare(
        image, probs, region, settings, scale=1.0, from_logits=from_logits
    )
    labelled, _ = split_labels(labels, S, ignore_class)
    X = tf.cast(proposals, S.dtype)
    log_ratio = log_probs(X) - log_probs(S)
    divergence = tf.reduce_sum(X * log_ratio, axis=-1)  # KL(X_p | S_p)
    divergence *= unlabelled_inside(divergence, region, labelled)
    energy = tf.reduce_sum(divergence, axis=list(range(1, divergence.shape.rank)))
    X = as_points(X)
    kernels, weights = settings.kernels(image, region, dtype=X.dtype)
    for kernel, weight in zip(kernels, weights, strict=True):
        cut = kernel.filter(1.0 - X)  # K~ (1 - X_k)
        energy += 0.5 * weight * tf.reduce_sum(X * cut, axis=[1, 2])
    return energy


def infer_proposals(
    settings: ops.DenseCRFSettings,
    image: tf.Tensor,
    region: tf.Tensor | None,
    labelled: tf.Tensor | None,
    labels: tf.Tensor | None,
    logits: tf.Tensor,
) -> tf.Tensor:
    """Returns the mean field of logits (B, H, W, K), clamped to the labels.

    Args:
        settings: the CRF.
        image: tensor (B, H, W, C), or (B, D, H, W, C) of a volume.
        region: None, or the region of interest (B, H, W, 1).
        labelled: as `split_labels` returns it.
        labels: as `split_labels` returns it.
        logits: log probabilities (B, H, W, K).
    """
    if labelled is not None:
        num_classes = tf.shape(logits)[-1]
        certain = _CERTAIN * tf.one_hot(labels, num_classes, dtype=logits.dtype)
        logits = tf.where(labelled[..., tf.newaxis], certain, logits)
    return settings.infer(logits, image, region)


def split_labels(
    labels: tf.Tensor | None, probs: tf.Tensor, ignore_class: int
) -> tuple[tf.Tensor | None, tf.Tensor | None]:
    """Finds the labelled pixels of labels (B, H, W).

    Returns:
        A bool tensor (B, H, W) that is true at the labelled pixels, and the labels
        with 0 at all others. Both are None if `labels` is None.

    Raises:
        ValueError: if a label is no class of `probs`; in a graph InvalidArgumentError.
    """
    check_integer("ignore_class", ignore_class)
    if labels is None:
        return None, None
    check_labels(labels, tf.shape(probs)[-1], ignore_class)
    labelled = tf.not_equal(labels, ignore_class)
    return labelled, tf.where(labelled, labels, 0)


def unlabelled_inside(
    like: tf.Tensor, region: tf.Tensor | None, labelled: tf.Tensor | None
) -> tf.Tensor:
    """Returns 1 for the pixels of the region without a label and 0 for all others.

    Args:
        like: tensor (B, H, W) whose shape and type the result has.
        region: None, or the region of interest (B, H, W, 1).
        labelled: as `split_labels` returns it.
    """
    inside = tf.ones_like(like) if region is None else region[..., 0]
    if labelled is not None:
        inside = tf.where(labelled, tf.zeros_like(inside), inside)
    return inside
