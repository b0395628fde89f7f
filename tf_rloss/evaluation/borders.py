"""Masks that count other pixels: near borders alone, or with the void band filled."""

import numpy as np
import scipy.ndimage

from tf_rloss.checks import check_integer
from tf_rloss.labels import IGNORE_LABEL


def near_borders(mask: np.ndarray, width: int) -> np.ndarray:
    """Returns a mask that keeps the labels near borders alone, a trimap.

    A border is where a pixel and one of its four neighbours have different ids. 255
    counts as an id, so that a void band between two classes is a border as well. Scores
    on a trimap tell how well outlines are met.

    Args:
        mask: labels, integer array (H, W), 255 = ignored.
        width: distance in pixels, at least 1. A pixel whose neighbour has another id
            is 1 pixel from the border; distances are Euclidean.

    Returns:
        Array of the shape and type of `mask`, with 255 at pixels that are further from
        every border.

    Raises:
        ValueError: if `width` is not an integer of at least 1.

    Reference:
        Krähenbühl and Koltun, Efficient Inference in Fully Connected CRFs with
        Gaussian Edge Potentials, NeurIPS 2011, section 4.
    """
    check_integer("width", width, 1)
    mask = np.asarray(mask)
    at_border = np.zeros(mask.shape, bool)
    for axis in (0, 1):
        before = [slice(None), slice(None)]
        after = list(before)
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        differs = mask[tuple(before)] != mask[tuple(after)]
        at_border[tuple(before)] |= differs
        at_border[tuple(after)] |= differs
    if not at_border.any():
        return np.full_like(mask, IGNORE_LABEL)
    distance = 1.0 + scipy.ndimage.distance_transform_edt(~at_border)
    return np.where(distance <= width, mask, IGNORE_LABEL).astype(mask.dtype)


def fill_void(mask: np.ndarray) -> np.ndarray:
    """Returns a mask without void: each such pixel gets the nearest pixel's label.

    Masks of PASCAL VOC have a void band of about five pixels around objects, which
    hides errors at outlines.

    Args:
        mask: labels, integer array (H, W), 255 = void.

    Returns:
        Array of the shape and type of `mask`; `mask` itself where no pixel has a label.
    """
    mask = np.asarray(mask)
    void = mask == IGNORE_LABEL
    if void.all():
        return mask
    nearest = scipy.ndimage.distance_transform_edt(
        void, return_distances=False, return_indices=True
    )
    return mask[tuple(nearest)]
