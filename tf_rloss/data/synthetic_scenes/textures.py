"""Canvas, colours and fractal noise for painting synthetic scenes."""

import colorsys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

ColorRanges = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Ranges to draw a colour from: hue in turns, saturation and value from 0 to 1."""


class Canvas(NamedTuple):
    """Places of the pixels' centres, in sides of the image; y points downwards."""

    x: np.ndarray
    """float32 (H, W), from 0 at the left edge to 1 at the right edge."""
    y: np.ndarray
    """float32 (H, W), from 0 at the top edge to 1 at the bottom edge."""

    @property
    def size(self) -> int:
        """Side of the image, in pixels."""
        return len(self.x)


def canvas(size: int) -> Canvas:
    """Returns the canvas of a square image with a side of `size` pixels."""
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return Canvas(x, y)


def pick(rng: np.random.Generator, choices: Sequence[Any]) -> Any:
    """Returns one of several choices, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def draw_color(rng: np.random.Generator, ranges: ColorRanges) -> np.ndarray:
    """Draws an RGB colour, float32 (3,), in [0, 255]."""
    hue, saturation, value = (rng.uniform(*limits) for limits in ranges)
    color = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return np.array(color, np.float32) * np.float32(255.0)


def fractal_noise(
    rng: np.random.Generator,
    size: int,
    *,
    exponent: float = 1.7,
    stretch: float = 1.0,
    coarsest: float = 1.0,
) -> np.ndarray:
    """Returns a random texture with the power spectrum 1 / frequency^(2 exponent).

    Args:
        rng: source of randomness.
        size: side in pixels.
        exponent: 1 gives rough textures, 2.5 very smooth ones.
        stretch: width of the features divided by their height.
        coarsest: lowest frequency of the texture, in cycles per image.

    Returns:
        float32 (size, size), mean 0, standard deviation 1.
    """
    vertical = np.fft.fftfreq(size, 1.0 / size)[:, None]
    horizontal = np.fft.rfftfreq(size, 1.0 / size)[None, :]
    frequency = np.hypot(vertical, horizontal * stretch)
    amplitude = np.maximum(frequency, 1.0) ** -exponent
    amplitude[frequency < coarsest] = 0.0
    amplitude[0, 0] = 0.0
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * amplitude
    noise = np.fft.irfft2(spectrum, s=(size, size))
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


def smooth_step(values: np.ndarray) -> np.ndarray:
    """Returns 0 for values below 0, 1 for those above 1, and 3 v^2 - 2 v^3 between."""
    values = np.clip(values, 0.0, 1.0)
    return values * values * (3.0 - 2.0 * values)


def blend(image: np.ndarray, color: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Paints a colour, (3,) or (H, W, 3), over an image with opacity `alpha` (H, W)."""
    return image + (color - image) * alpha[..., None]
