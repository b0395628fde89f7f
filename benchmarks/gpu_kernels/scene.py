"""Pictures to filter: photographs where scikit-image is installed, else made up."""

import numpy as np

from benchmarks.harness import photographs

SIGMA_XY = 100.0  # pixels
SIGMA_COLOR = 15.0  # intensities


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """Returns a picture (height, width, 3) in [0, 255]."""
    try:
        return photographs.load(photographs.NAMES[seed % 3], height, width)
    except ImportError:
        return synthetic(height, width, seed)


def synthetic(height: int, width: int, seed: int) -> np.ndarray:
    """Draws regions of shaded colour, with noise of five intensities."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    centres = random.random((40, 2))
    distance = (y[..., None] - centres[:, 0]) ** 2 + (x[..., None] - centres[:, 1]) ** 2
    region = distance.argmin(axis=-1)
    colour = random.random((40, 3))[region] * 200
    shade = np.stack([x, y, x * y], axis=-1) * 55
    return np.clip(colour + shade + random.normal(size=colour.shape) * 5, 0, 255)


def pictures(height: int, width: int, batch: int) -> np.ndarray:
    """Returns different pictures (batch, height, width, 3) in [0, 255]."""
    return np.stack([picture(height, width, seed) for seed in range(batch)])


def features(height: int, width: int, batch: int) -> np.ndarray:
    """Returns the features of `pictures`, float32 (batch, height * width, 5)."""
    images = pictures(height, width, batch)
    return photographs.features(images, SIGMA_XY, SIGMA_COLOR)
