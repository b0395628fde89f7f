"""What the benchmarks filter: photographs, their features, random values."""

import functools
import pathlib

import numpy as np

NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def load(name: str, height: int, width: int) -> np.ndarray:
    """A photograph scaled to a size.

    Args:
        name: one of scikit-image's, such as those in `NAMES`, or the path of a file.
        height: in pixels.
        width: in pixels.

    Returns:
        float32 array (height, width, 3) in [0, 255].
    """
    import skimage

    if pathlib.Path(name).suffix:
        photograph = skimage.io.imread(name)
        if photograph.ndim == 2:
            photograph = skimage.color.gray2rgb(photograph)
    else:
        photograph = getattr(skimage.data, name)()
    resized = skimage.transform.resize(
        photograph[..., :3], (height, width), anti_aliasing=True, preserve_range=True
    )
    return resized.astype(np.float32)


def batch(names, size: int, count: int) -> np.ndarray:
    """`count` photographs, (count, size, size, 3); `names` start over at the end."""
    distinct = {name: load(name, size, size) for name in names[:count]}
    return np.stack([distinct[names[i % len(names)]] for i in range(count)])


def features(images: np.ndarray, sigma_xy: float, sigma_rgb: float) -> np.ndarray:
    """Positions and colours in units of the bandwidths, float32 (B, H * W, 5)."""
    count, height, width, _ = images.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    position = np.stack([x, y], axis=-1) / np.float32(sigma_xy)
    position = np.broadcast_to(position, (count, height, width, 2))
    both = np.concatenate([position, images / np.float32(sigma_rgb)], axis=-1)
    return both.reshape(count, height * width, 5).astype(np.float32)


@functools.lru_cache(maxsize=2)  # contestants of one process share them
def values(count: int, points: int, channels: int) -> np.ndarray:
    """Random values in [0, 1), float32 (count, points, channels)."""
    return np.random.default_rng(0).random((count, points, channels), np.float32)


@functools.lru_cache(maxsize=2)
def planar_values(count: int, points: int, channels: int) -> np.ndarray:
    """The same with channels before points, (count, channels, points)."""
    return np.ascontiguousarray(values(count, points, channels).transpose(0, 2, 1))
