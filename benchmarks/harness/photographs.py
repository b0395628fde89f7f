"""Photographs to filter, and their features."""

import pathlib
from collections.abc import Sequence

import numpy as np

NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def load(name: str, height: int, width: int) -> np.ndarray:
    """Loads a photograph and scales it.

    Args:
        name: one of scikit-image's, such as those in `NAMES`, or the path of a file.
        height: in pixels.
        width: in pixels.

    Returns:
        (height, width, 3) in [0, 255].
    """
    import skimage  # machines for benchmarks/gpu.py may not have it

    if pathlib.Path(name).suffix:
        photograph = skimage.io.imread(name)
        if photograph.ndim == 2:
            photograph = skimage.color.gray2rgb(photograph)
    else:
        photograph = getattr(skimage.data, name)()
    return skimage.transform.resize(
        photograph[..., :3], (height, width), anti_aliasing=True, preserve_range=True
    )


def batch(names: Sequence[str], size: int, count: int) -> np.ndarray:
    """Loads `count` square photographs, starting over when `names` end.

    Returns:
        float32 (count, size, size, 3) in [0, 255].
    """
    distinct = {name: load(name, size, size) for name in names[:count]}
    images = [distinct[names[i % len(names)]] for i in range(count)]
    return np.stack(images).astype(np.float32)


def features(images: np.ndarray, sigma_xy: float, sigma_color: float) -> np.ndarray:
    """Computes positions and colours in units of the bandwidths.

    Args:
        images: (B, H, W, 3) in [0, 255].
        sigma_xy: bandwidth in pixels.
        sigma_color: bandwidth in intensities.

    Returns:
        float32 (B, H * W, 5).
    """
    count, height, width, _ = images.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    position = np.stack([x, y], axis=-1) / np.float32(sigma_xy)
    position = np.broadcast_to(position, (count, height, width, 2))
    both = np.concatenate([position, images / np.float32(sigma_color)], axis=-1)
    return both.reshape(count, height * width, 5).astype(np.float32)
