"""The arrays of a problem, in a worker."""

import functools
import math

import numpy as np

from benchmarks.harness import photographs


class Problem:
    """The arrays of a problem, made when they are first used.

    Args:
        images: path of a .npy file with float32 (B, H, W, 3) in [0, 255].
        channels: K, of the values.
        sigma_xy: bandwidth in pixels.
        sigma_color: bandwidth in intensities.

    Attributes:
        images: the array.
        shape: (B, H, W, K).
        points: N = H * W.
        bandwidths: `sigma_xy` and `sigma_color` by name.
        output_bytes: size of a result with the shape of the values, in float32.
    """

    def __init__(self, images: str, channels: int, sigma_xy: float, sigma_color: float):
        self.images = np.load(images)
        self.shape = (*self.images.shape[:3], channels)
        self.points = self.shape[1] * self.shape[2]
        self.bandwidths = {"sigma_xy": sigma_xy, "sigma_color": sigma_color}
        self.output_bytes = 4 * math.prod(self.shape)

    @functools.cached_property
    def features(self) -> np.ndarray:
        """Positions and colours in units of the bandwidths, float32 (B, N, 5)."""
        return photographs.features(self.images, **self.bandwidths)

    @property
    def values(self) -> np.ndarray:
        """Random values in [0, 1), float32 (B, N, K)."""
        return _values(self.shape[0], self.points, self.shape[3])

    @property
    def planar_values(self) -> np.ndarray:
        """The same values with channels first, (B, K, N)."""
        return _planar_values(self.shape[0], self.points, self.shape[3])

    @property
    def planar_images(self) -> np.ndarray:
        """The images with colours first, (B, 3, H, W)."""
        return np.ascontiguousarray(self.images.transpose(0, 3, 1, 2))

    @property
    def probs(self) -> np.ndarray:
        """The values divided by their sums over channels, float32 (B, H, W, K)."""
        values = self.values / self.values.sum(axis=-1, keepdims=True)
        return values.reshape(self.shape)


@functools.lru_cache(maxsize=2)  # the contestants of a process share them
def _values(count, points, channels):
    return np.random.default_rng(0).random((count, points, channels), np.float32)


@functools.lru_cache(maxsize=2)
def _planar_values(count, points, channels):
    return np.ascontiguousarray(_values(count, points, channels).transpose(0, 2, 1))
