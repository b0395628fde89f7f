"""The paper's Figure 1: the gradients of the regularizers at a segmentation."""

import numpy as np
import tensorflow as tf

from tf_rloss.losses import dense_crf_loss, kernel_cut_loss, normalized_cut_loss

LOSSES = ("NC", "CRF", "KC")
"""Names of the maps, in the order of the figure."""

# Values above this quantile of the magnitudes have the full colour, so that a few
# extreme pixels do not make the rest of a map dark.
_FULL_COLOUR_QUANTILE = 0.98


def gradient_maps(
    image: np.ndarray,
    probs: np.ndarray,
    *,
    sigma_xy: float,
    sigma_color: float,
    gamma: float = 1.0,
    center: bool = True,
) -> dict[str, np.ndarray]:
    """Computes dR/dS for the losses NC (eq. 5), CRF (eq. 4) and KC (eq. 6).

    Where the gradient with respect to S_k is negative, descent raises the probability
    of class k at the pixel; where it is positive, descent lowers it. Since
    probabilities sum to one, only differences between classes matter: a term that is
    equal for all classes vanishes through the softmax (for CRF the W 1 that eq. 11
    leaves out, and more). The maps leave it out by subtracting the mean over the
    classes at every pixel.

    Args:
        image: array (H, W, 3), RGB in [0, 255].
        probs: float array (H, W, K); sums to 1 over K.
        sigma_xy: bandwidth in pixels.
        sigma_color: bandwidth in intensities of [0, 255].
        gamma: weight of the cut term in KC.
        center: whether to subtract the mean over the classes; if not, the maps are
            dR/dS itself.

    Returns:
        `{"NC": (H, W, K), "CRF": ..., "KC": ...}`, float32, each times the number of
        pixels, so that sizes compare across resolutions.

    Raises:
        ValueError: if the shapes do not fit each other.
    """
    if np.ndim(probs) != 3 or np.shape(image) != (*np.shape(probs)[:2], 3):
        raise ValueError(
            "`image` must be (H, W, 3) and `probs` (H, W, K) of one size. Received: "
            f"image of shape {np.shape(image)}, probs of shape {np.shape(probs)}"
        )
    pixels = probs.shape[0] * probs.shape[1]
    image = tf.constant(image[np.newaxis], tf.float32)
    probs = tf.constant(probs[np.newaxis], tf.float32)
    kernel = {"sigma_xy": sigma_xy, "sigma_color": sigma_color}
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(probs)
        energies = {
            "NC": normalized_cut_loss(image, probs, **kernel),
            "CRF": dense_crf_loss(image, probs, **kernel),
            "KC": kernel_cut_loss(image, probs, gamma=gamma, **kernel),
        }
    maps = {}
    for name in LOSSES:
        gradient = tape.gradient(energies[name], probs)[0]
        if center:
            gradient -= tf.reduce_mean(gradient, axis=-1, keepdims=True)
        maps[name] = (gradient * pixels).numpy()
    return maps


def gradient_picture(gradient: np.ndarray, full: float | None = None) -> np.ndarray:
    """Colours one map: negative red, positive yellow, zero black.

    Args:
        gradient: array (H, W).
        full: magnitude that has the full colour; None for the 98 % quantile of the
            magnitudes. Where everything is zero, the picture is black.

    Returns:
        uint8 array (H, W, 3).
    """
    gradient = np.asarray(gradient, np.float32)
    if full is None:
        full = colour_range(gradient)
    strength = np.clip(np.abs(gradient) / full, 0.0, 1.0) if full > 0 else gradient * 0
    picture = np.zeros((*gradient.shape, 3), np.float32)
    picture[..., 0] = strength
    picture[..., 1] = np.where(gradient > 0, strength, 0.0)
    return np.rint(255 * picture).astype(np.uint8)


def colour_range(gradients: np.ndarray) -> float:
    """Returns the magnitude that has the full colour in maps of one loss."""
    return float(np.quantile(np.abs(gradients), _FULL_COLOUR_QUANTILE))
