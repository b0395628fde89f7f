"""Label maps as arrays: change of size without mixing labels."""

import numpy as np

from tf_rloss.labels import IGNORE_LABEL


def resize_label_map(
    labels: np.ndarray, size: tuple[int, int], *, keep_classes: bool = False
) -> np.ndarray:
    """Resizes a label map to its nearest pixels (pixel centres aligned).

    Args:
        labels: uint8 (H, W), 255 = unlabelled.
        size: new (height, width).
        keep_classes: whether a class whose few pixels fall between the samples
            keeps one pixel, the middle one; meant for thin scribbles.

    Returns:
        uint8 array of shape `size`.
    """
    height, width = labels.shape
    rows = ((np.arange(size[0]) + 0.5) * height / size[0]).astype(np.intp)
    columns = ((np.arange(size[1]) + 0.5) * width / size[1]).astype(np.intp)
    resized = labels[rows[:, None], columns]
    if keep_classes:
        before = np.bincount(labels.ravel(), minlength=256) > 0
        after = np.bincount(resized.ravel(), minlength=256) > 0
        for label in np.flatnonzero(before & ~after):
            if label != IGNORE_LABEL:
                pixels = np.argwhere(labels == label)
                row, column = pixels[len(pixels) // 2]
                resized[row * size[0] // height, column * size[1] // width] = label
    return resized
