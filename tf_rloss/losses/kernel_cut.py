"""Kernel cut loss: CRF and normalized cut together, eq. 6."""

import dataclasses

import keras

from tf_rloss.checks import check_at_least_zero, check_positive
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.association import associations
from tf_rloss.losses.dense_crf import check_potts_options, potts_energy
from tf_rloss.losses.inputs import check_scale, prepare
from tf_rloss.losses.normalized_cut import check_min_share, normalized_cut_energy


def kernel_cut_loss(
    image,
    probs,
    *,
    sigma_xy,
    sigma_rgb,
    gamma=1.0,
    cut_sigma_xy=None,
    cut_sigma_rgb=None,
    normalization="affinity",
    relaxation="bilinear",
    min_share=0.0,
    affinity="gaussian",
    equalized=False,
    scale=1.0,
):
    """CRF loss plus gamma times normalized cut loss.

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
        normalization: of the CRF term, "affinity" (divided by 1' W 1) or "none".
        relaxation: of the CRF term, "bilinear" (eq. 4) or "quadratic" (eq. 3).
        min_share: of the cut term, in [0, 1]: classes with a smaller share of the
            image give no term.
        affinity: of both terms, "gaussian" (dense), "grid4" or "grid8".
        equalized: of "gaussian", whether to filter on an equalized lattice: closer to
            the exact W for as good as the same price; see
            `ops.permutohedral_filter`.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.

    Returns:
        float32 tensor (B,); 0 where the region of interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Example:
        energy = kernel_cut_loss(image, probs, sigma_xy=100.0, sigma_rgb=15.0)

    Reference:
        Tang et al., "On Regularized Losses for Weakly-supervised CNN Segmentation",
        ECCV 2018, section 2.2.
    """
    check_potts_options(normalization, relaxation)
    check_gamma(gamma)
    check_min_share(min_share)
    kernel = Affinity(affinity, sigma_xy, sigma_rgb, equalized)
    cut_kernel = _cut_affinity(kernel, cut_sigma_xy, cut_sigma_rgb)
    image, region, probs = prepare(image, probs, scale)
    forms = associations(image, region, probs, kernel.at_scale(scale))
    cut_forms = (
        forms
        if cut_kernel == kernel
        else associations(image, region, probs, cut_kernel.at_scale(scale))
    )
    crf = potts_energy(forms, probs, normalization, relaxation)
    return crf + gamma * normalized_cut_energy(cut_forms, min_share)


def check_gamma(gamma: float) -> None:
    """Raises ValueError unless `gamma` is a finite number, at least 0."""
    check_at_least_zero("gamma", gamma)


def _cut_affinity(kernel: Affinity, cut_sigma_xy, cut_sigma_rgb) -> Affinity:
    """The affinity of the cut term: that of the CRF term where nothing is given."""
    given = {}
    if cut_sigma_xy is not None:
        check_positive("cut_sigma_xy", cut_sigma_xy, "pixels, or None")
        given["sigma_xy"] = cut_sigma_xy
    if cut_sigma_rgb is not None:
        check_positive("cut_sigma_rgb", cut_sigma_rgb, "units of [0, 255], or None")
        given["sigma_rgb"] = cut_sigma_rgb
    return dataclasses.replace(kernel, **given)


@keras.saving.register_keras_serializable(package="tf_rloss")
class KernelCutLoss(keras.losses.Loss):
    """`kernel_cut_loss` as a Keras loss whose target is the image.

    Args:
        sigma_xy: bandwidth in pixels.
        sigma_rgb: bandwidth in intensity units of [0, 255].
        gamma: weight of the normalized cut term, at least 0.
        cut_sigma_xy: bandwidth of the cut term; None for `sigma_xy`.
        cut_sigma_rgb: bandwidth of the cut term; None for `sigma_rgb`.
        normalization: of the CRF term, "affinity" or "none".
        relaxation: of the CRF term, "bilinear" or "quadratic".
        min_share: of the cut term, in [0, 1].
        affinity: of both terms, "gaussian", "grid4" or "grid8".
        scale: in (0, 1], fraction of the size at which to compute.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.
        equalized: of "gaussian", whether to filter on an equalized lattice.

    Example:
        model.compile(loss={"image": KernelCutLoss(gamma=0.5), ...})
    """

    def __init__(
        self,
        sigma_xy=100.0,
        sigma_rgb=15.0,
        gamma=1.0,
        cut_sigma_xy=None,
        cut_sigma_rgb=None,
        normalization="affinity",
        relaxation="bilinear",
        min_share=0.0,
        affinity="gaussian",
        scale=1.0,
        reduction="sum_over_batch_size",
        name="kernel_cut_loss",
        equalized=False,
    ):
        # float32 whatever `keras.config.floatx()` is: the energy overflows float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_gamma(gamma)
        check_potts_options(normalization, relaxation)
        check_min_share(min_share)
        check_scale(scale)
        kernel = Affinity(affinity, sigma_xy, sigma_rgb, equalized)
        _cut_affinity(kernel, cut_sigma_xy, cut_sigma_rgb)  # checks the bandwidths
        self._options = {
            "sigma_xy": sigma_xy,
            "sigma_rgb": sigma_rgb,
            "gamma": gamma,
            "cut_sigma_xy": cut_sigma_xy,
            "cut_sigma_rgb": cut_sigma_rgb,
            "normalization": normalization,
            "relaxation": relaxation,
            "min_share": min_share,
            "affinity": affinity,
            "equalized": equalized,
            "scale": scale,
        }

    def call(self, y_true, y_pred):
        return kernel_cut_loss(y_true, y_pred, **self._options)

    def get_config(self):
        return {**super().get_config(), **self._options}
