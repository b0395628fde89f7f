"""Normalized cut loss: cost of each cut relative to the size of its segment, eq. 5."""

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.affinity_loss import AffinityLoss
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import prepare
from tf_rloss.losses.quadratic_forms import quadratic_forms

# A class with less than this share of the image is empty: its ratio is 0 / 0 up to
# rounding. float32 still holds the square of this share, which the gradient needs.
_EMPTY_SHARE = 1e-15


def normalized_cut_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    sigma_xy: float,
    sigma_rgb: float,
    min_share: float = 0.0,
    affinity: str = "gaussian",
    equalized: bool = False,
    scale: float = 1.0,
    from_logits: bool = False,
) -> tf.Tensor:
    """Computes the sum over the classes of cut over size: balanced segments cost less.

    R_NC = sum_k S_k' W (1 - S_k) / d' S_k,   d = W 1        (eq. 5)

    The sum is between 0 and K - 1 where S sums to 1 (K for the grids, where a pixel has
    no affinity with itself), whatever the resolution and the scale of W. A class that
    no pixel has gives no term; but one with a small probability everywhere gives nearly
    1, so that absent classes are encouraged to appear, if weakly: `min_share` takes
    them out.

    The gradient d S_k' W S_k / (d' S_k)^2 - 2 W S_k / d' S_k (eq. 12) reuses the W S
    of the forward pass. There is no gradient to `image`, and no second derivative.

    Args:
        image: (B, H, W, 3) RGB in [0, 255], or 4 channels whose last is the region
            of interest (0 or 1): pixels outside it neither give nor receive.
        probs: float tensor (B, H, W, K), softmax probabilities.
        sigma_xy: bandwidth of the affinity in pixels.
        sigma_rgb: bandwidth of the affinity in intensity units of [0, 255].
        min_share: in [0, 1]; a class whose share d' S_k / d' 1 of an image is smaller
            gives no term there (and no gradient). 0 is eq. 5 over all classes.
        affinity: "gaussian" (dense), "grid4" or "grid8" (nearest neighbours).
        equalized: whether "gaussian" filters on an equalized lattice, which brings W
            closer to the exact one at nearly the same cost; see
            `ops.permutohedral_filter`.
        scale: in (0, 1], computes the loss at this fraction of the size, with
            `sigma_xy` (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.

    Returns:
        float32 tensor (B,), or float64 for `probs` in float64; 0 where the region of
        interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Example:
        energy = normalized_cut_loss(image, probs, sigma_xy=100.0, sigma_rgb=15.0)

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, section 2.2.
    """
    check_options(min_share=min_share)
    kernel = Affinity(affinity, sigma_xy, sigma_rgb, equalized)
    image, region, probs = prepare(image, probs, scale, sigma_rgb, from_logits)
    forms = quadratic_forms(image, region, probs, kernel.at_scale(scale))
    return normalized_cut_energy(forms, min_share)


def normalized_cut_energy(forms: ops.QuadraticForms, min_share: float) -> tf.Tensor:
    """Returns the energy (B,) of `normalized_cut_loss` from the quadratic forms."""
    total = forms.total[:, tf.newaxis]
    # As shares of 1' W 1 the numbers stay far from the ends of float32's range.
    share = tf.math.divide_no_nan(forms.degree, total)
    within = tf.math.divide_no_nan(forms.within, total)
    present = share >= max(min_share, _EMPTY_SHARE)
    safe_share = tf.where(present, share, 1.0)
    # S_k' W (1 - S_k) / d' S_k = 1 - S_k' W S_k / d' S_k
    ratio = tf.where(present, 1.0 - within / safe_share, 0.0)
    return tf.reduce_sum(ratio, axis=-1)


@keras.saving.register_keras_serializable(package="tf_rloss")
class NormalizedCutLoss(AffinityLoss, function=normalized_cut_loss):
    """`normalized_cut_loss` as a Keras loss whose target is the image.

    Args:
        sigma_xy: bandwidth in pixels.
        sigma_rgb: bandwidth in intensity units of [0, 255].
        min_share: in [0, 1]; classes with a smaller share give no term.
        affinity: "gaussian", "grid4" or "grid8".
        equalized: whether "gaussian" filters on an equalized lattice.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"image": NormalizedCutLoss(), ...})
    """

    min_share: float = 0.0
    name: str = "normalized_cut_loss"
