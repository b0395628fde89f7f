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

import tensorflow as tf

from tf_rloss import ops
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.inputs import prepare_scribbled
from tf_rloss.ops.dense_crf import log_probs

# As a logit beyond all messages: the softmax is one-hot to the last bit.
_CERTAIN = 1e30


def dense_crf_proposals(image, probs, *, ignore_label=IGNORE_LABEL, **crf):
    """Computes proposals X by mean field, equal to the labels where there are any.

    Args:
        image: as for `dense_crf_adm_loss`.
        probs: float tensor (B, H, W, K), softmax probabilities S.
        ignore_label: the value of unlabelled pixels.
        **crf: as for `dense_crf_adm_loss`.

    Returns:
        float32 tensor (B, H, W, K); sums to 1 over K. Gradients reach `probs`.

    Raises:
        ValueError: if an option or a shape is wrong.
    """
    image, region, labels, probs = prepare_scribbled(image, probs, 1.0)
    labelled, labels = split_labels(labels, ignore_label)
    return infer_proposals(
        ops.DenseCRFSettings(**crf), image, region, labelled, labels, log_probs(probs)
    )


def dense_crf_adm_energy(image, probs, proposals, *, ignore_label=IGNORE_LABEL, **crf):
    """The energy E(X) of proposals for fixed S (eq. 10 without its first term).

    With `normalization="none"`, a bilateral kernel alone and no region, R(X) / N is
    `dense_crf_loss(image, proposals)` of the same bandwidths.

    Args:
        image: as for `dense_crf_adm_loss`.
        probs: float tensor (B, H, W, K), softmax probabilities S.
        proposals: float tensor (B, H, W, K), X; sums to 1 over K.
        ignore_label: the value of unlabelled pixels.
        **crf: as for `dense_crf_adm_loss`.

    Returns:
        float32 tensor (B,), a sum over pixels.

    Raises:
        ValueError: if an option or a shape is wrong.
    """
    image, region, labels, S = prepare_scribbled(image, probs, 1.0)
    labelled, _ = split_labels(labels, ignore_label)
    X = tf.cast(proposals, tf.float32)
    divergence = tf.reduce_sum(
        X * (log_probs(X) - log_probs(S)), axis=-1
    )  # KL(X_p | S_p)
    energy = tf.reduce_sum(
        divergence * unlabelled_inside(divergence, region, labelled), axis=[1, 2]
    )
    shape = tf.shape(X)
    X = tf.reshape(X, [shape[0], shape[1] * shape[2], shape[3]])
    kernels, weights = ops.DenseCRFSettings(**crf).kernels(image, region)
    for kernel, weight in zip(kernels, weights, strict=True):
        cut = kernel.filter(1.0 - X)  # K~ (1 - X_k)
        energy += 0.5 * weight * tf.reduce_sum(X * cut, axis=[1, 2])
    return energy


def infer_proposals(crf: ops.DenseCRFSettings, image, region, labelled, labels, logits):
    """The mean field of logits (B, H, W, K), clamped to the labels."""
    if labelled is not None:
        num_classes = tf.shape(logits)[-1]
        certain = _CERTAIN * tf.eye(num_classes)
        # Fails on a label that is no class; the error then carries this name.
        certain = tf.gather(certain, labels, name="labels")
        logits = tf.where(labelled[..., tf.newaxis], certain, logits)
    return crf.infer(logits, image, region)


def split_labels(labels, ignore_label: int):
    """Returns where labels (B, H, W) are, and them, 0 elsewhere; None for None."""
    if labels is None:
        return None, None
    labelled = tf.not_equal(labels, ignore_label)
    return labelled, tf.where(labelled, labels, 0)


def unlabelled_inside(like, region, labelled):
    """1 for the pixels of the region that have no label, float32 (B, H, W)."""
    inside = tf.ones_like(like) if region is None else region[..., 0]
    if labelled is not None:
        inside = tf.where(labelled, 0.0, inside)
    return inside
