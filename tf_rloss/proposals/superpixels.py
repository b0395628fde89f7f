"""Divides an image into superpixels, and describes these by histograms."""

import numpy as np
import skimage.segmentation

COLOUR_BINS = 25
"""Number of bins of a colour histogram, for each of red, green and blue."""

TEXTURE_BINS = 10
"""Number of bins of a texture histogram, for each direction of the gradient."""

LARGEST_GRADIENT = 32.0
"""Largest gradient of the bins, in intensity units per pixel; steeper gradients count
in the outermost bins."""


SCALE = 1.0
"""Larger values give larger superpixels. At 1 nearly all superpixels come from joining
those that are smaller than `least_size`."""

SIGMA = 0.8
"""Standard deviation, in pixels, of the Gaussian that first smooths the image."""


def superpixels(image: np.ndarray) -> np.ndarray:
    """Divides an image into superpixels by Felzenszwalb's and Huttenlocher's method.

    Args:
        image: uint8 (H, W, 3), RGB.

    Returns:
        int (H, W), the superpixel of each pixel, 0 to N - 1; every number occurs.

    Reference: Felzenszwalb, Huttenlocher: Efficient Graph-Based Image Segmentation.
    IJCV 2004.
    """
    if min(image.shape[:2]) < 2:  # scikit-image needs neighbours on all sides
        return np.arange(image.shape[0] * image.shape[1]).reshape(image.shape[:2])
    return skimage.segmentation.felzenszwalb(
        image, scale=SCALE, sigma=SIGMA, min_size=least_size(*image.shape[:2])
    )


def least_size(height: int, width: int) -> int:
    """Returns the least size of a superpixel, in pixels.

    It is 20 for images from 96 x 96 to 200 x 200 pixels. For larger images it grows, so
    that there are at most 2000 superpixels; for smaller ones it shrinks, so that there
    are enough.

    Args:
        height: height of the image, in pixels.
        width: width of the image, in pixels.
    """
    pixels = height * width
    return max(1, min(20, pixels // 460), pixels // 2000)


def adjacent_pairs(regions: np.ndarray) -> np.ndarray:
    """Lists the pairs of superpixels that touch along the side of a pixel.

    Args:
        regions: int (H, W), the superpixel of each pixel.

    Returns:
        int (M, 2), the pairs in ascending order, each once, its smaller number first.
    """
    across = np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()], 1)
    down = np.stack([regions[:-1].ravel(), regions[1:].ravel()], 1)
    pairs = np.sort(np.concatenate([across, down]), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def colour_histograms(image: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Counts the colours of every superpixel.

    Args:
        image: uint8 (H, W, 3), RGB.
        regions: int (H, W), the superpixel of each pixel, 0 to N - 1; every number
            occurs.

    Returns:
        float (N, 75), the shares of 25 bins of red, 25 of green and 25 of blue. Each
        row sums to 1.
    """
    return _histograms(image * (COLOUR_BINS / 256.0), regions, COLOUR_BINS)


def texture_histograms(image: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Counts the gradients of brightness in every superpixel.

    Brightness is the mean of red, green and blue; gradients are central differences.

    Args:
        image: uint8 (H, W, 3), RGB; H and W at least 1.
        regions: int (H, W), the superpixel of each pixel, 0 to N - 1; every number
            occurs.

    Returns:
        float (N, 20), the shares of 10 bins of the gradient from left to right, and 10
        of the gradient from top to bottom. Each row sums to 1.
    """
    brightness = np.pad(image.mean(axis=2), 1, mode="edge")
    across = (brightness[1:-1, 2:] - brightness[1:-1, :-2]) / 2.0
    down = (brightness[2:, 1:-1] - brightness[:-2, 1:-1]) / 2.0
    gradient = np.stack([across, down], axis=2)
    gradient = np.clip(gradient / LARGEST_GRADIENT, -1.0, 1.0)
    return _histograms((gradient + 1.0) / 2.0 * TEXTURE_BINS, regions, TEXTURE_BINS)


def _histograms(values, regions, bins):
    """Returns histograms (N, C * bins) of values (H, W, C), which are in bins."""
    channels = values.shape[2]
    number = np.minimum(values.astype(np.int64), bins - 1)
    number += np.arange(channels) * bins
    cell = regions[..., np.newaxis].astype(np.int64) * (channels * bins) + number
    total = (int(regions.max()) + 1) * channels * bins
    counts = np.bincount(cell.ravel(), minlength=total).reshape(-1, channels * bins)
    return counts / counts.sum(axis=1, keepdims=True)
