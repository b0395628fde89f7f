"""Dense CRF loss: the cuts of the relaxed Potts model, eq. 4 or right side of eq. 3."""

from collections.abc import Sequence

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.checks import check_choice
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.affinity_loss import AffinityLoss
from tf_rloss.losses.preparation import prepare
from tf_rloss.losses.quadratic_forms import quadratic_forms

NORMALIZATIONS = ("affinity", "none")
RELAXATIONS = ("bilinear", "quadratic")


def dense_crf_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    region: TensorLike | None = None,
    sigma_xy: float | None = None,
    sigma_xyz: float | Sequence[float] | None = None,
    sigma_color: float | Sequence[float],
    normalization: str = "affinity",
    relaxation: str = "bilinear",
    affinity: str = "gaussian",
    equalized: bool = False,
    scale: float = 1.0,
    from_logits: bool = False,
) -> tf.Tensor:
    """Computes the cost of the cuts between the segments of a soft segmentation.

    R_CRF = sum_k S_k' W (1 - S_k)                     (eq. 4, "bilinear")
    R     = sum_pq W_pq |S_p - S_q|^2                  (eq. 3, "quadratic")

    The gradient of eq. 4 is d - 2 W S_k with d = W 1. Eq. 11 leaves out d, which is
    the same for all classes and vanishes through the softmax. The gradient reuses the
    W S of the forward pass. There is no gradient to `image`, and no second derivative.

    Args:
        image: (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a volume
            (B, D, H, W, C) with C from 1 to 5, if `sigma_xyz` is given.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K), softmax probabilities.
        region: None, or the region of interest, (B, H, W, 1) or (B, D, H, W, 1), 0 or
            1: pixels outside it neither give nor receive.
        sigma_xy: bandwidth of the affinity in pixels, of images.
        sigma_xyz: for volumes, in place of `sigma_xy`: bandwidth in voxels; or three,
            of x, y and z, which are the axes W, H and D.
        sigma_color: bandwidth of the affinity in units of the image, or one for each
            channel.
        normalization: "affinity" divides by 1' W 1, which leaves a number between 0
            and 1 (twice that for "quadratic") whatever the resolution and the
            bandwidths; "none" gives the raw sum for each image, for which weights
            such as 1e-8 and 2e-9 have been published.
        relaxation: "bilinear" or "quadratic". For one-hot S the second is twice the
            first; it is 0 wherever neighbours agree, even on a soft S, while the
            first also rewards decided pixels.
        affinity: "gaussian" (dense), or nearest neighbours: "grid4" or "grid8", of
            volumes "grid6" or "grid26".
        equalized: whether "gaussian" filters on an equalized lattice, which brings W
            closer to the exact one at nearly the same cost; see
            `ops.permutohedral_filter`.
        scale: in (0, 1], computes the loss at this fraction of the size, with
            the bandwidth of positions (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.

    Returns:
        float32 tensor (B,), or float64 for `probs` in float64; 0 where the region of
        interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Example:
        energy = dense_crf_loss(image, probs, sigma_xy=100.0, sigma_color=15.0)

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, section 2.1.
    """
    check_potts_options(normalization, relaxation)
    kernel = Affinity(affinity, sigma_xy, sigma_color, equalized, sigma_xyz)
    image, region, probs = prepare(
        image, probs, region, kernel, scale=scale, from_logits=from_logits
    )
    forms = quadratic_forms(image, region, probs, kernel.at_scale(scale))
    return potts_energy(forms, probs, normalization, relaxation)


def potts_energy(
    forms: ops.QuadraticForms, probs: tf.Tensor, normalization: str, relaxation: str
) -> tf.Tensor:
    """Returns the energy (B,) of `dense_crf_loss` from the forms of `probs`."""
    if relaxation == "bilinear":
        # S_k' W (1 - S_k) = d' S_k - S_k' W S_k
        energy = tf.reduce_sum(forms.degree - forms.within, axis=-1)
    else:
        # sum_pq W_pq (S_p - S_q)^2 = 2 (d' S^2 - S' W S)
        squares = tf.reduce_sum(tf.square(probs), axis=-1, keepdims=True)
        axes = list(range(1, probs.shape.rank))
        weighted = tf.reduce_sum(forms.degrees * squares, axis=axes)
        energy = 2.0 * (weighted - tf.reduce_sum(forms.within, axis=-1))
    if normalization == "none":
        return energy
    return tf.math.divide_no_nan(energy, forms.total)


def check_potts_options(normalization: str, relaxation: str) -> None:
    """Raises ValueError unless both name an option of `dense_crf_loss`."""
    check_choice("normalization", normalization, NORMALIZATIONS)
    check_choice("relaxation", relaxation, RELAXATIONS)


@keras.saving.register_keras_serializable(package="tf_rloss")
class DenseCRFLoss(AffinityLoss, function=dense_crf_loss):
    """`dense_crf_loss` as a Keras loss whose target is the image.

    Args:
        sigma_xy: bandwidth in pixels, of images.
        sigma_xyz: None for images; for volumes, in place of `sigma_xy`, the bandwidth
            in voxels, a number or one for each of x, y and z.
        sigma_color: bandwidth in units of the image, a number or one for each channel.
        normalization: "affinity" or "none".
        relaxation: "bilinear" or "quadratic".
        affinity: "gaussian", "grid4" or "grid8"; of volumes "grid6" or "grid26".
        equalized: whether "gaussian" filters on an equalized lattice.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        region_channel: whether the last channel of the target is the region of
            interest: 1 inside, and 0 where pixels neither give nor receive.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"image": DenseCRFLoss(), ...})
    """

    normalization: str = "affinity"
    relaxation: str = "bilinear"
    name: str = "dense_crf_loss"

    def _check(self) -> None:
        super()._check()
        check_potts_options(self.normalization, self.relaxation)
