"""Superpixels of an image, which of them touch, and what they look like."""

import numpy as np
import skimage.segmentation

COLOUR_BINS = 25
"""Bins of a colour histogram, for each of red, green and blue."""

TEXTURE_BINS = 10
"""Bins of a texture histogram, for each of the two directions of the gradient."""

LARGEST_GRADIENT = 32.0
"""In intensity units a pixel; steeper gradients count in the outermost bins."""


def superpixels(
    image: np.ndarray,
    *,
    scale: float = 1.0,
    sigma: float = 0.8,
    min_size: int | None = None,
) -> np.ndarray:
    """Divides an image into superpixels by Felzenszwalb's and Huttenlocher's method.

    Args:
        image: uint8 (H, W, 3), RGB.
        scale: larger values give larger superpixels. At 1 nearly all are made by
            joining what is smaller than `min_size`.
        sigma: of the Gaussian that smooths the image first, in pixels.
        min_size: fewest pixels of one; default `default_min_size(H, W)`.

    Returns:
        int (H, W), from 0 to N - 1; every number occurs.

    Reference: Felzenszwalb, Huttenlocher: Efficient Graph-Based Image Segmentation.
    IJCV 2004.
    """
    if min_size is None:
        min_size = default_min_size(*image.shape[:2])
    if min(image.shape[:2]) < 2:  # too thin for the graph of 8-neighbours
        return np.arange(image.shape[0] * image.shape[1]).reshape(image.shape[:2])
    return skimage.segmentation.felzenszwalb(
        image, scale=scale, sigma=sigma, min_size=min_size
    )


def default_min_size(height: int, width: int) -> int:
    """Returns the fewest pixels of a superpixel for an image of that size.

    That is 20 from 96 x 96 to 200 x 200. It grows with the image above, to leave some
    hundred superpixels (2000 at most), and shrinks below, to leave enough of them.
    """
    pixels = height * width
    return max(1, min(20, pixels // 460), pixels // 2000)


def adjacent_pairs(regions: np.ndarray) -> np.ndarray:
    """Lists the pairs of superpixels that share an edge between pixels.

    Args:
        regions: int (H, W), numbers of superpixels.

    Returns:
        int (M, 2), the smaller number first, sorted, each pair once.
    """
    across = np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()], 1)
    down = np.stack([regions[:-1].ravel(), regions[1:].ravel()], 1)
    pairs = np.sort(np.concatenate([across, down]), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def colour_histograms(image: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Counts the colours of every superpixel.

    Args:
        image: uint8 (H, W, 3), RGB.
        regions: int (H, W), from 0 to N - 1; every number occurs.

    Returns:
        float (N, 75): 25 bins of red, 25 of green, 25 of blue; sums to 1 a row.
    """
    return _histograms(image * (COLOUR_BINS / 256.0), regions, COLOUR_BINS)


def texture_histograms(image: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Counts the brightness gradients of every superpixel.

    The gradient is that of the mean of red, green and blue, by central differences.

    Args:
        image: uint8 (H, W, 3), RGB; H and W at least 1.
        regions: int (H, W), from 0 to N - 1; every number occurs.

    Returns:
        float (N, 20): 10 bins of the gradient across, 10 of that down; sums to 1 a row.
    """
    brightness = np.pad(image.mean(axis=2), 1, mode="edge")
    across = (brightness[1:-1, 2:] - brightness[1:-1, :-2]) / 2.0
    down = (brightness[2:, 1:-1] - brightness[:-2, 1:-1]) / 2.0
    gradient = np.stack([across, down], axis=2)
    gradient = np.clip(gradient / LARGEST_GRADIENT, -1.0, 1.0)
    return _histograms((gradient + 1.0) / 2.0 * TEXTURE_BINS, regions, TEXTURE_BINS)


def _histograms(values, regions, bins):
    """Histograms of (H, W, C), in units of bins, over regions: (N, C * bins)."""
    channels = values.shape[2]
    number = np.minimum(values.astype(np.int64), bins - 1)
    number += np.arange(channels) * bins
    cell = regions[..., np.newaxis].astype(np.int64) * (channels * bins) + number
    total = (int(regions.max()) + 1) * channels * bins
    counts = np.bincount(cell.ravel(), minlength=total).reshape(-1, channels * bins)
    return counts / counts.sum(axis=1, keepdims=True)
