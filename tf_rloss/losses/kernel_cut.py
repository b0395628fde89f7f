"""Kernel cut loss: CRF and normalized cut together, eq. 6."""

import dataclasses

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_positive
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.affinity_loss import AffinityLoss
from tf_rloss.losses.dense_crf import check_potts_options, potts_energy
from tf_rloss.losses.normalized_cut import normalized_cut_energy
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import prepare
from tf_rloss.losses.quadratic_forms import quadratic_forms


def kernel_cut_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    sigma_xy: float,
    sigma_rgb: float,
    gamma: float = 1.0,
    cut_sigma_xy: float | None = None,
    cut_sigma_rgb: float | None = None,
    normalization: str = "affinity",
    relaxation: str = "bilinear",
    min_share: float = 0.0,
    affinity: str = "gaussian",
    equalized: bool = False,
    scale: float = 1.0,
    from_logits: bool = False,
) -> tf.Tensor:
    """Computes the CRF loss plus gamma times the normalized cut loss.

    R_KC = sum_k S_k' W (1 - S_k) + gamma sum_k S_k' V (1 - S_k) / d' S_k,   d = V 1

    (eq. 6, V for the paper's W with a hat). With V = W, the default, one filter serves
    both terms. The gradient (eq. 12) reuses the forward pass; there is none to
    `image`, and no second derivative.

    Args:
        image: (B, H, W, 3) RGB in [0, 255], or 4 channels whose last is the region
            of interest (0 or 1): pixels outside it neither give nor receive.
        probs: float tensor (B, H, W, K), softmax probabilities.
        sigma_xy: bandwidth of W in pixels.
        sigma_rgb: bandwidth of W in intensity units of [0, 255].
        gamma: weight of the normalized cut term, at least 0.
        cut_sigma_xy: bandwidth of V in pixels; None for `sigma_xy`.
        cut_sigma_rgb: bandwidth of V in intensity units; None for `sigma_rgb`.
        normalization: "affinity" divides the CRF term by 1' W 1, "none" does not.
        relaxation: relaxation of the CRF term, "bilinear" (eq. 4) or "quadratic"
            (eq. 3).
        min_share: in [0, 1]; classes with a smaller share of the image give no term
            to the normalized cut.
        affinity: "gaussian" (dense), "grid4" or "grid8", for both terms.
        equalized: whether "gaussian" filters on an equalized lattice, which brings W
            closer to the exact one at nearly the same cost; see
            `ops.permutohedral_filter`.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.

    Returns:
        float32 tensor (B,), or float64 for `probs` in float64; 0 where the region of
        interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Example:
        energy = kernel_cut_loss(image, probs, sigma_xy=100.0, sigma_rgb=15.0)

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, section 2.2.
    """
    check_potts_options(normalization, relaxation)
    check_options(gamma=gamma, min_share=min_share)
    kernel = Affinity(affinity, sigma_xy, sigma_rgb, equalized)
    cut_kernel = _cut_affinity(kernel, cut_sigma_xy, cut_sigma_rgb)
    image, region, probs = prepare(image, probs, scale, sigma_rgb, from_logits)
    forms = quadratic_forms(image, region, probs, kernel.at_scale(scale))
    cut_forms = (
        forms
        if cut_kernel == kernel
        else quadratic_forms(image, region, probs, cut_kernel.at_scale(scale))
    )
    crf = potts_energy(forms, probs, normalization, relaxation)
    return crf + gamma * normalized_cut_energy(cut_forms, min_share)


def _cut_affinity(
    kernel: Affinity, cut_sigma_xy: float | None, cut_sigma_rgb: float | None
) -> Affinity:
    """Returns the affinity of the cut term: `kernel` with the given bandwidths."""
    given = {}
    if cut_sigma_xy is not None:
        check_positive("cut_sigma_xy", cut_sigma_xy, "pixels, or None")
        given["sigma_xy"] = cut_sigma_xy
    if cut_sigma_rgb is not None:
        check_positive("cut_sigma_rgb", cut_sigma_rgb, "units of [0, 255], or None")
        given["sigma_rgb"] = cut_sigma_rgb
    return dataclasses.replace(kernel, **given)


@keras.saving.register_keras_serializable(package="tf_rloss")
class KernelCutLoss(AffinityLoss, function=kernel_cut_loss):
    """`kernel_cut_loss` as a Keras loss whose target is the image.

    Args:
        sigma_xy: bandwidth in pixels.
        sigma_rgb: bandwidth in intensity units of [0, 255].
        gamma: weight of the normalized cut term, at least 0.
        cut_sigma_xy: bandwidth of the cut term in pixels; None for `sigma_xy`.
        cut_sigma_rgb: bandwidth of the cut term in intensity units; None for
            `sigma_rgb`.
        normalization: "affinity" or "none", for the CRF term.
        relaxation: "bilinear" or "quadratic", for the CRF term.
        min_share: in [0, 1]; classes with a smaller share give no cut term.
        affinity: "gaussian", "grid4" or "grid8", for both terms.
        equalized: whether "gaussian" filters on an equalized lattice.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"image": KernelCutLoss(gamma=0.5), ...})
    """

    gamma: float = 1.0
    cut_sigma_xy: float | None = None
    cut_sigma_rgb: float | None = None
    normalization: str = "affinity"
    relaxation: str = "bilinear"
    min_share: float = 0.0
    name: str = "kernel_cut_loss"

    def _check(self) -> None:
        super()._check()
        check_potts_options(self.normalization, self.relaxation)
        kernel = Affinity(self.affinity, self.sigma_xy, self.sigma_rgb, self.equalized)
        # Checks the bandwidths.
        _cut_affinity(kernel, self.cut_sigma_xy, self.cut_sigma_rgb)
