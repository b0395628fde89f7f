"""What every way of making proposals takes: an image with scribbles, checked."""

import numpy as np

from tf_rloss.labels import IGNORE_LABEL


def check_inputs(image: np.ndarray, scribble: np.ndarray, num_classes: int) -> None:
    """Raises a `ValueError` that names what is not as the public functions expect."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "`image` must be a uint8 array (H, W, 3), RGB. "
            f"Received: {image.dtype} array of shape {image.shape}"
        )
    if scribble.shape != image.shape[:2] or scribble.dtype != np.uint8:
        raise ValueError(
            f"`scribble` must be a uint8 array of the image's size {image.shape[:2]}. "
            f"Received: {scribble.dtype} array of shape {scribble.shape}"
        )
    drawn = scribble[scribble != IGNORE_LABEL]
    if drawn.size and drawn.max() >= num_classes:
        raise ValueError(
            f"`scribble` must hold ids from 0 to {num_classes - 1}, or 255. "
            f"Received: id {drawn.max()}"
        )


def classes_of(scribble: np.ndarray) -> np.ndarray:
    """Lists the classes of a scribble in the order of their first pixels.

    That order does not depend on the ids, so neither does anything decided by it.

    Returns:
        uint8 (C,); empty where nothing is drawn.
    """
    labels, first = np.unique(scribble, return_index=True)
    labels = labels[np.argsort(first)]
    return labels[labels != IGNORE_LABEL]
