"""DenseCRF-ADM: cross entropy with proposals made anew at each step (eq. 7 to 10)."""

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.dense_crf_proposals import (
    infer_proposals,
    split_labels,
    unlabelled_inside,
)
from tf_rloss.losses.inputs import check_scale, mean_inside, prepare_scribbled
from tf_rloss.ops.dense_crf import log_probs


def dense_crf_adm_loss(image, probs, *, ignore_label=IGNORE_LABEL, scale=1.0, **crf):
    """Cross entropy of the unlabelled pixels with the proposals of a dense CRF.

        L = mean_(p unlabelled) H(X_p, S_p)            (eq. 7, second term)
        X = argmin_X  sum_(p unlabelled) KL(X_p | S_p) + lambda R(X)       (eq. 9)

    by mean field, with X equal to the labels where there are any. The gradient takes X
    as given: a step of the network and this minimization alternate.

    Args:
        image: (B, H, W, 3) RGB in [0, 255]; or 4 channels, the fourth the region of
            interest (0 or 1), outside which pixels neither give nor receive and do
            not count; or 5 channels, the fifth the labels, integers from 0 to K - 1,
            or `ignore_label`. Labelled pixels do not count here: their cross entropy
            is `partial_crossentropy`.
        probs: float tensor (B, H, W, K), softmax probabilities S.
        ignore_label: the value of unlabelled pixels.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths (given for the full size) multiplied by it.
        **crf: `num_iterations=10`, `bilateral_weight=10`, `sigma_xy=80`,
            `sigma_rgb=13`, `spatial_weight=3`, `spatial_sigma_xy=3` and
            `normalization="symmetric"`, as in `layers.DenseCRF`; bandwidths in pixels.
            A weight is twice the lambda of eq. 8 for the kernel so normalised.

    Returns:
        float32 tensor (B,), at least 0; 0 where all pixels are labelled or outside.

    Raises:
        ValueError: if an option or a shape is wrong.

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, sections 3 and 4.2.
    """
    model = ops.DenseCRFSettings(**crf)
    image, region, labels, probs = prepare_scribbled(image, probs, scale)
    labelled, labels = split_labels(labels, ignore_label)
    logits = log_probs(probs)
    X = infer_proposals(
        model.at_scale(scale), image, region, labelled, labels, tf.stop_gradient(logits)
    )
    entropy = -tf.reduce_sum(X * logits, axis=-1)  # H(X_p, S_p)
    return mean_inside(entropy, unlabelled_inside(entropy, region, labelled))


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRFADMLoss(keras.losses.Loss):
    """`dense_crf_adm_loss` as a Keras loss on the target "scribbled_image".

    Args:
        num_iterations: of the mean field.
        bilateral_weight: of near pixels of similar colour.
        sigma_xy: bandwidth of position for those, in pixels.
        sigma_rgb: bandwidth of colour, in intensity units of [0, 255].
        spatial_weight: of near pixels of any colour.
        spatial_sigma_xy: bandwidth of position for those, in pixels.
        normalization: "symmetric", "before", "after" or "none".
        ignore_label: the value of unlabelled pixels.
        scale: in (0, 1], fraction of the size at which to compute.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.

    Example:
        model.compile(loss={"scribbled_image": DenseCRFADMLoss(), ...})
    """

    def __init__(
        self,
        num_iterations=10,
        bilateral_weight=10.0,
        sigma_xy=80.0,
        sigma_rgb=13.0,
        spatial_weight=3.0,
        spatial_sigma_xy=3.0,
        normalization="symmetric",
        ignore_label=IGNORE_LABEL,
        scale=1.0,
        reduction="sum_over_batch_size",
        name="dense_crf_adm_loss",
    ):
        # float32 whatever `keras.config.floatx()` is: degrees overflow float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_scale(scale)
        self._crf = {
            "num_iterations": num_iterations,
            "bilateral_weight": bilateral_weight,
            "sigma_xy": sigma_xy,
            "sigma_rgb": sigma_rgb,
            "spatial_weight": spatial_weight,
            "spatial_sigma_xy": spatial_sigma_xy,
            "normalization": normalization,
        }
        ops.DenseCRFSettings(**self._crf)  # checks them
        self._options = {"ignore_label": ignore_label, "scale": scale}

    def call(self, y_true, y_pred):
        return dense_crf_adm_loss(y_true, y_pred, **self._options, **self._crf)

    def get_config(self):
        return {**super().get_config(), **self._options, **self._crf}
