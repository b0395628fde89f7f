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
from tf_rloss.losses.function_loss import split_channel
from tf_rloss.losses.mean_field_loss import MeanFieldLoss
from tf_rloss.losses.preparation import mean_inside, prepare, prepare_labels
from tf_rloss.ops.dense_crf import log_probs


def dense_crf_adm_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    region: TensorLike | None = None,
    labels: TensorLike | None = None,
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
        image: (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a volume
            (B, D, H, W, C) with C from 1 to 5, if `sigma_xyz` is given.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K), softmax probabilities S.
        region: None, or the region of interest, (B, H, W, 1) or (B, D, H, W, 1), 0 or
            1: pixels outside it neither give nor receive, and do not count.
        labels: None, or (B, H, W) or (B, D, H, W), integers from 0 to K - 1, or
            `ignore_class`. Labelled pixels do not count here: their cross entropy is
            `partial_crossentropy`.
        ignore_class: value of the unlabelled pixels.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: settings of the CRF: `num_iterations=10`, `bilateral_weight=10`,
            `sigma_xy=80`, `sigma_color=13`, `spatial_weight=3`, `spatial_sigma_xy=3`,
            `normalization="symmetric"` and `self_term=True`; for volumes `sigma_xyz`
            and `spatial_sigma_xyz`; see `ops.DenseCRFSettings`. A weight is twice the
            lambda of eq. 8 for the kernel so normalised.

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
    labels = prepare_labels(labels, probs, settings, scale)
    image, region, probs = prepare(
        image, probs, region, settings, scale=scale, from_logits=from_logits
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
    """`dense_crf_adm_loss` as a Keras loss whose target is the image, and scribbles.

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        ignore_class: value of the unlabelled pixels.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        label_channel: whether the last channel of the target holds the labels.
        region_channel: whether the last channel of the target, or the last but one
            before the labels, is the region of interest.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        adm = DenseCRFADMLoss(label_channel=True)
        model.compile(loss={"scribbled_image": adm, ...})
    """

    ignore_class: int = IGNORE_LABEL
    scale: float = 1.0
    label_channel: bool = False
    name: str = "dense_crf_adm_loss"
    _target_options = ("label_channel", "region_channel")

    def _split(self, y_true: TensorLike) -> tuple[TensorLike, dict[str, TensorLike]]:
        if not self.label_channel:
            return super()._split(y_true)
        target, labels = split_channel(y_true, "label_channel")
        image, given = super()._split(target)
        return image, {**given, "labels": labels[..., 0]}
