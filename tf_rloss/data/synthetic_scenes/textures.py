"""The canvas, colours and fractal noise that synthetic scenes are painted with."""

import colorsys
from typing import NamedTuple

import numpy as np


class Canvas(NamedTuple):
    """The pixel grid: centres in units of the image's side, y downwards."""

    x: np.ndarray
    """float32 (H, W), 0 at the left edge, 1 at the right."""
    y: np.ndarray
    """float32 (H, W), 0 at the top edge, 1 at the bottom."""

    @property
    def size(self) -> int:
        return len(self.x)


def canvas(size: int) -> Canvas:
    """Returns the pixel centres of a square image of `size` pixels a side."""
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return Canvas(x, y)


def pick(rng: np.random.Generator, choices):
    """Returns one of a sequence, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def draw_color(rng: np.random.Generator, ranges) -> np.ndarray:
    """Draws an RGB colour (3,) in 0..255 from ranges of (hue, saturation, value)."""
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
    """Returns smooth random texture with power spectrum 1 / frequency^(2 exponent).

    Args:
        rng: source of randomness.
        size: side in pixels.
        exponent: 1 is rough, 2.5 is a soft blur.
        stretch: how many times longer than high the features are.
        coarsest: frequencies below this many cycles per image are left out.

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
    """Returns 0 below 0, 1 above 1, and 3 v^2 - 2 v^3 between."""
    values = np.clip(values, 0.0, 1.0)
    return values * values * (3.0 - 2.0 * values)


def blend(image: np.ndarray, color: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lays a colour, (3,) or (H, W, 3), over an image at opacity `alpha` (H, W)."""
    return image + (color - image) * alpha[..., None]
