"""CRF loss: the relaxed Potts model, eq. 4 or the right side of eq. 3."""

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import check_choice
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.association import associations
from tf_rloss.losses.inputs import check_scale, prepare

NORMALIZATIONS = ("affinity", "none")
RELAXATIONS = ("bilinear", "quadratic")


def dense_crf_loss(
    image,
    probs,
    *,
    sigma_xy,
    sigma_rgb,
    normalization="affinity",
    relaxation="bilinear",
    affinity="gaussian",
    equalized=False,
    scale=1.0,
):
    """Cost of the cuts between the segments of a soft segmentation.

    R_CRF = sum_k S_k' W (1 - S_k)                     (eq. 4, "bilinear")
    R     = sum_pq W_pq |S_p - S_q|^2                  (eq. 3, "quadratic")

    The gradient of eq. 4 is d - 2 W S_k with d = W 1. Eq. 11 leaves out d, which is
    the same for all classes and vanishes through the softmax. It reuses the W S of
    the forward pass. There is no gradient to `image`, and no second derivative.

    Args:
        image: (B, H, W, 3) RGB in [0, 255], or 4 channels whose last is the region
            of interest (0 or 1): pixels outside it neither give nor receive.
        probs: float tensor (B, H, W, K), softmax probabilities.
        sigma_xy: bandwidth of the affinity in pixels.
        sigma_rgb: bandwidth of the affinity in intensity units of [0, 255].
        normalization: "affinity" divides by 1' W 1, which leaves a number between 0
            and 1 (twice that for "quadratic") whatever the resolution and the
            bandwidths; "none" gives the raw sum per image, for which weights such as
            1e-8 and 2e-9 have been published.
        relaxation: "bilinear" or "quadratic". For one-hot S the second is twice the
            first; it is 0 wherever neighbours agree, even on a soft S, while the
            first also rewards decided pixels.
        affinity: "gaussian" (dense), "grid4" or "grid8" (nearest neighbours).
        equalized: of "gaussian", whether to filter on an equalized lattice: closer to
            the exact W for as good as the same price; see
            `ops.permutohedral_filter`.
        scale: in (0, 1], computes the loss at this fraction of the size, with
            `sigma_xy` (given for the full size) multiplied by it.

    Returns:
        float32 tensor (B,); 0 where the region of interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Example:
        energy = dense_crf_loss(image, probs, sigma_xy=100.0, sigma_rgb=15.0)

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, section 2.1.
    """
    check_potts_options(normalization, relaxation)
    kernel = Affinity(affinity, sigma_xy, sigma_rgb, equalized)
    image, region, probs = prepare(image, probs, scale)
    forms = associations(image, region, probs, kernel.at_scale(scale))
    return potts_energy(forms, probs, normalization, relaxation)


def potts_energy(
    forms: ops.QuadraticForms, probs, normalization: str, relaxation: str
) -> tf.Tensor:
    """The energy (B,) of `dense_crf_loss` from the quadratic forms of `probs`."""
    if relaxation == "bilinear":
        # S_k' W (1 - S_k) = d' S_k - S_k' W S_k
        energy = tf.reduce_sum(forms.degree - forms.within, axis=-1)
    else:
        # sum_pq W_pq (S_p - S_q)^2 = 2 (d' S^2 - S' W S)
        squares = tf.reduce_sum(tf.square(probs), axis=-1, keepdims=True)
        weighted = tf.reduce_sum(forms.degrees * squares, axis=[1, 2, 3])
        energy = 2.0 * (weighted - tf.reduce_sum(forms.within, axis=-1))
    if normalization == "none":
        return energy
    return tf.math.divide_no_nan(energy, forms.total)


def check_potts_options(normalization: str, relaxation: str) -> None:
    """Raises ValueError unless both name an option of `dense_crf_loss`."""
    check_choice("normalization", normalization, NORMALIZATIONS)
    check_choice("relaxation", relaxation, RELAXATIONS)


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRFLoss(keras.losses.Loss):
    """`dense_crf_loss` as a Keras loss whose target is the image.

    Args:
        sigma_xy: bandwidth in pixels.
        sigma_rgb: bandwidth in intensity units of [0, 255].
        normalization: "affinity" or "none".
        relaxation: "bilinear" or "quadratic".
        affinity: "gaussian", "grid4" or "grid8".
        scale: in (0, 1], fraction of the size at which to compute.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.
        equalized: of "gaussian", whether to filter on an equalized lattice.

    Example:
        model.compile(loss={"image": DenseCRFLoss(), ...})
    """

    def __init__(
        self,
        sigma_xy=100.0,
        sigma_rgb=15.0,
        normalization="affinity",
        relaxation="bilinear",
        affinity="gaussian",
        scale=1.0,
        reduction="sum_over_batch_size",
        name="dense_crf_loss",
        equalized=False,
    ):
        # float32 whatever `keras.config.floatx()` is: the energy overflows float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_potts_options(normalization, relaxation)
        check_scale(scale)
        Affinity(affinity, sigma_xy, sigma_rgb, equalized)  # checks them
        self._options = {
            "sigma_xy": sigma_xy,
            "sigma_rgb": sigma_rgb,
            "normalization": normalization,
            "relaxation": relaxation,
            "affinity": affinity,
            "equalized": equalized,
            "scale": scale,
        }

    def call(self, y_true, y_pred):
        return dense_crf_loss(y_true, y_pred, **self._options)

    def get_config(self):
        return {**super().get_config(), **self._options}
