"""A scribble of two strokes, as a PNG of class ids."""

import numpy as np

from tf_rloss.visualization import save_label_png


def write_scribble(folder, size=(60, 90)):
    """Writes strokes of classes 2 and 4; returns the file and its labels (H, W)."""
    labels = np.full(size, 255, np.uint8)
    labels[10, 10:30] = 2
    labels[40, 50:80] = 4
    path = folder / "scribble.png"
    save_label_png(labels, np.zeros((5, 3), np.uint8), path)
    return path, labels
