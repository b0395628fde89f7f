"""GrabCut: a binary segmentation for each scribbled class, joined into one mask."""

import numpy as np
import scipy.ndimage

from tf_rloss.data import Example
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.proposals.scribbled_example import check_scribbled, drawn_classes

ITERATIONS = 5
"""Number of times that a run fits its colour models and cuts the image."""

_COMPONENTS = 5  # Gaussians in a colour model; OpenCV has this number built in


class OpenCVMissingError(ImportError):
    """Raised if OpenCV is not installed; the message says how to install it."""


def grabcut(example: Example, num_classes: int) -> np.ndarray:
    """Makes a full mask from a scribble of any number of classes by GrabCut.

    GrabCut separates one object from the rest, so it runs once for each class in the
    scribble. The pixels scribbled with that class are certain foreground, those of
    other classes certain background, and all others start as probable foreground.
    Several runs can claim a pixel, or none. This project joins the runs as follows:

    - A scribbled pixel keeps its label. A pixel that one run claims gets its class.
    - If several runs claim a pixel, it gets the class with the largest
      log p(colour | foreground) - log p(colour | background), by each run's models.
    - If no run claims a pixel, it gets the class of the nearest pixel that has one.

    The same arguments give the same mask. To this end every run seeds OpenCV's random
    numbers of the calling thread anew.

    Args:
        example: an image uint8 (H, W, 3), RGB, with a scribble uint8 (H, W), ids below
            K, 255 = unlabelled. Nothing else of it is used.
        num_classes: number of classes K.

    Returns:
        uint8 (H, W), the mask, with the classes in the scribble. It is that class
        everywhere if there is only one, and 255 everywhere if there is none.

    Raises:
        OpenCVMissingError: if OpenCV, an optional extra, is not installed.
        ValueError: if image or scribble have another shape or type, or an id is out of
            range.

    Reference: Rother, Kolmogorov, Blake: GrabCut: Interactive Foreground Extraction
    using Iterated Graph Cuts. SIGGRAPH 2004.
    """
    cv2 = _opencv()
    check_scribbled(example, num_classes)
    image, scribble = example.image, example.scribble
    classes = drawn_classes(scribble)
    unlabelled = scribble == IGNORE_LABEL
    if not len(classes):
        return scribble.copy()
    if len(classes) == 1:
        return np.full_like(scribble, classes[0])
    if not unlabelled.any():
        return scribble.copy()
    colours = np.ascontiguousarray(image[..., ::-1])  # OpenCV's order, BGR
    runs = [_separate(cv2, colours, scribble, label) for label in classes]
    claims, ratios = (np.stack(parts) for parts in zip(*runs, strict=True))
    # A scribbled pixel is claimed by the run of its own class only.
    best = classes[np.argmax(np.where(claims, ratios, -np.inf), axis=0)]
    nearest = scipy.ndimage.distance_transform_edt(
        ~claims.any(axis=0), return_distances=False, return_indices=True
    )
    return best[tuple(nearest)]


def _opencv():
    """Imports OpenCV, which the package does not need otherwise."""
    try:
        import cv2
    except ImportError as error:
        raise OpenCVMissingError(
            "GrabCut needs OpenCV, which could not be imported "
            f'({error}). Run: pip install "tf_rloss[proposals]"'
        ) from error
    return cv2


def _separate(cv2, colours, scribble, label):
    """Runs GrabCut for one of the two or more classes in the scribble.

    Returns:
        bool (H, W), true for the pixels that it claims, and float (H, W), the logarithm
        of p(colour | foreground) / p(colour | background).
    """
    state = np.full(scribble.shape, cv2.GC_PR_FGD, np.uint8)
    state[scribble != IGNORE_LABEL] = cv2.GC_BGD
    state[scribble == label] = cv2.GC_FGD
    models = np.zeros((2, 1, 13 * _COMPONENTS))  # background, foreground
    cv2.setRNGSeed(0)  # OpenCV fits the models from a random clustering
    cv2.grabCut(
        colours, state, None, models[0], models[1], ITERATIONS, cv2.GC_INIT_WITH_MASK
    )
    claimed = (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    rest, own = (log_likelihood(colours, model[0]) for model in models)
    return claimed, own - rest


def log_likelihood(colours: np.ndarray, model: np.ndarray) -> np.ndarray:
    """Evaluates a colour model of OpenCV, up to a constant that is the same for all.

        log Σ_m w_m |C_m|^(-1/2) exp(-(x - μ_m)' C_m^(-1) (x - μ_m) / 2)

    Args:
        colours: (H, W, 3), with the channels in the order of the model.
        model: float64 (65,), five weights w, five means μ (3,) and five covariances C
            (3, 3), as `cv2.grabCut` leaves them. Weights can be 0.

    Returns:
        float64 (H, W), the logarithm of the likelihood.
    """
    weights, means, covariances = np.split(model, [_COMPONENTS, 4 * _COMPONENTS])
    means, covariances = means.reshape(-1, 3), covariances.reshape(-1, 3, 3)
    total = np.full(colours.shape[:2], -np.inf)
    for m in np.flatnonzero(weights > 0.0):
        offset = colours - means[m]
        distance = ((offset @ np.linalg.inv(covariances[m])) * offset).sum(axis=-1)
        scale = np.log(weights[m]) - np.linalg.slogdet(covariances[m])[1] / 2.0
        total = np.logaddexp(total, scale - distance / 2.0)
    return total
