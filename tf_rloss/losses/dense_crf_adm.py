"""DenseCRF-ADM: cross entropy with proposals made anew at each step (eq. 7 to 10)."""

from typing import Any

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.dense_crf_proposals import (
    infer_proposals,
    split_labels,
    unlabelled_inside,
)
from tf_rloss.losses.mean_field_loss import MeanFieldLoss
from tf_rloss.losses.preparation import mean_inside, prepare_scribbled
from tf_rloss.ops.dense_crf import log_probs


def dense_crf_adm_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    ignore_class: int = IGNORE_LABEL,
    scale: float = 1.0,
    from_logits: bool = False,
    **crf: Any,
) -> tf.Tensor:
    """Computes the cross entropy of the unlabelled pixels with a dense CRF's proposals.

        L = mean_(p unlabelled) H(X_p, S_p)            (eq. 7, second term)
        X = argmin_X  sum_(p unlabelled) KL(X_p | S_p) + lambda R(X)       (eq. 9)

    X is found by mean field and equals the labels where there are any. The gradient
    takes X as given: a step of the network and this minimization alternate.

    Args:
        image: (B, H, W, 3) RGB in [0, 255]; or 4 channels, the fourth the region of
            interest (0 or 1), outside which pixels neither give nor receive and do
            not count; or 5 channels, the fifth the labels, integers from 0 to K - 1,
            or `ignore_class`. Labelled pixels do not count here: their cross entropy
            is `partial_crossentropy`.
        probs: float tensor (B, H, W, K), softmax probabilities S.
        ignore_class: value of the unlabelled pixels.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: settings of the CRF: `num_iterations=10`, `bilateral_weight=10`,
            `sigma_xy=80`, `sigma_rgb=13`, `spatial_weight=3`, `spatial_sigma_xy=3`,
            `normalization="symmetric"` and `self_term=True`; see
            `ops.DenseCRFSettings`. A weight is twice the lambda of eq. 8 for the
            kernel so normalised.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64; 0
        where all pixels are labelled or outside.

    Raises:
        ValueError: if an option or a shape is wrong.

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, sections 3 and 4.2.
    """
    settings = ops.DenseCRFSettings(**crf)
    image, region, labels, probs = prepare_scribbled(
        image, probs, scale, settings.sigma_rgb, from_logits
    )
    labelled, labels = split_labels(labels, probs, ignore_class)
    logits = log_probs(probs)
    X = infer_proposals(
        settings.at_scale(scale),
        image,
        region,
        labelled,
        labels,
        tf.stop_gradient(logits),
    )
    entropy = -tf.reduce_sum(X * logits, axis=-1)  # H(X_p, S_p)
    return mean_inside(entropy, unlabelled_inside(entropy, region, labelled))


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRFADMLoss(MeanFieldLoss, function=dense_crf_adm_loss):
    """`dense_crf_adm_loss` as a Keras loss on the target "scribbled_image".

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel.
        sigma_rgb: its bandwidth in intensity units of [0, 255].
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        ignore_class: value of the unlabelled pixels.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"scribbled_image": DenseCRFADMLoss(), ...})
    """

    ignore_class: int = IGNORE_LABEL
    scale: float = 1.0
    name: str = "dense_crf_adm_loss"
