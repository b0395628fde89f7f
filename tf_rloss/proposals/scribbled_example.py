"""The check of an example to make a proposal for, and the list of its classes."""

import numpy as np

from tf_rloss.data import Example
from tf_rloss.labels import IGNORE_LABEL


def check_scribbled(example: Example, num_classes: int) -> None:
    """Checks that an example has a scribble of the image's size and known classes.

    Args:
        example: an image with a scribble.
        num_classes: number of classes K.

    Raises:
        ValueError: if the image is not uint8 (H, W, 3), or the scribble is missing, is
            not uint8 (H, W), or has an id that is neither below K nor 255.
    """
    image, scribble = example.image, example.scribble
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "`example.image` must be a uint8 array (H, W, 3), RGB. "
            f"Received: {image.dtype} array of shape {image.shape}"
        )
    if scribble is None:
        raise ValueError("`example.scribble` must be an array. Received: None")
    if scribble.shape != image.shape[:2] or scribble.dtype != np.uint8:
        raise ValueError(
            f"`example.scribble` must be a uint8 array of the image's size "
            f"{image.shape[:2]}. Received: {scribble.dtype} array of shape "
            f"{scribble.shape}"
        )
    drawn = scribble[scribble != IGNORE_LABEL]
    if drawn.size and drawn.max() >= num_classes:
        raise ValueError(
            f"`example.scribble` must hold ids from 0 to {num_classes - 1}, or 255. "
            f"Received: id {drawn.max()}"
        )


def drawn_classes(scribble: np.ndarray) -> np.ndarray:
    """Lists the classes of a scribble in the order of their first pixels.

    That order does not depend on the ids, so nothing that is decided by it does.

    Args:
        scribble: uint8 (H, W), 255 = unlabelled.

    Returns:
        uint8 (C,); empty where nothing is drawn.
    """
    labels, first = np.unique(scribble, return_index=True)
    labels = labels[np.argsort(first)]
    return labels[labels != IGNORE_LABEL]
