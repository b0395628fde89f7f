"""Landscapes for the synthetic scenes: sky, hills, ground, from fractal noise."""

import colorsys
from typing import NamedTuple

import numpy as np

# Hue in turns, then the ranges of saturation and value the colours are drawn from.
_SKIES = (
    ((0.54, 0.62), (0.15, 0.60), (0.70, 1.00)),  # a blue day
    ((0.55, 0.65), (0.02, 0.12), (0.55, 0.95)),  # overcast
    ((0.02, 0.11), (0.25, 0.60), (0.75, 1.00)),  # evening
    ((0.70, 0.85), (0.15, 0.40), (0.55, 0.85)),  # dusk
)
_GROUNDS = (
    ((0.19, 0.33), (0.35, 0.75), (0.30, 0.65)),  # grass
    ((0.09, 0.13), (0.25, 0.55), (0.55, 0.90)),  # sand
    ((0.04, 0.09), (0.30, 0.60), (0.25, 0.50)),  # earth
    ((0.50, 0.62), (0.02, 0.10), (0.80, 1.00)),  # snow
    ((0.48, 0.60), (0.25, 0.60), (0.35, 0.70)),  # water
    ((0.08, 0.15), (0.50, 0.85), (0.50, 0.80)),  # autumn leaves
)


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


def landscape(rng: np.random.Generator, grid: Canvas) -> tuple[np.ndarray, float]:
    """Paints a sky, perhaps hills, and a ground.

    Returns:
        The picture, float (H, W, 3) in 0..255, and the y of the horizon.
    """
    size = grid.size
    horizon = rng.uniform(0.25, 0.65)
    image = _sky(rng, grid, horizon)
    for _ in range(int(rng.integers(0, 3))):
        image = _hills(rng, grid, image, horizon)
    color = draw_color(rng, pick(rng, _GROUNDS))
    depth = np.clip((grid.y - horizon) / (1.0 - horizon), 0.0, 1.0)
    grain = fractal_noise(rng, size, exponent=0.9, stretch=rng.uniform(1.0, 3.0))
    swell = fractal_noise(rng, size, exponent=2.0, stretch=3.0)
    light = 1.0 + (0.04 + 0.06 * depth) * grain + 0.08 * swell - 0.12 * (depth - 0.5)
    tint = draw_color(rng, pick(rng, _GROUNDS))
    ground = blend(
        np.broadcast_to(color, (size, size, 3)),
        0.5 * (color + tint),
        smooth_step(0.5 + fractal_noise(rng, size, exponent=1.6, stretch=2.5)),
    )
    edge = horizon + 0.006 * fractal_noise(rng, size, exponent=1.2)
    cover = np.clip((grid.y - edge) * size + 0.5, 0.0, 1.0)
    return blend(image, ground * light[..., None], cover), horizon


def _sky(rng, grid, horizon):
    """A vertical gradient from one colour to a paler one, and clouds."""
    ranges = pick(rng, _SKIES)
    top, bottom = draw_color(rng, ranges), draw_color(rng, ranges)
    bottom = bottom + 0.4 * (255.0 - bottom)
    fall = smooth_step(grid.y / horizon)
    image = top + (bottom - top) * fall[..., None]
    clouds = fractal_noise(rng, grid.size, exponent=1.8, stretch=3.0)
    alpha = smooth_step(0.5 * (clouds - rng.uniform(-0.3, 1.5))) * rng.uniform(0.3, 0.9)
    return blend(image, np.array([250.0, 248.0, 245.0], np.float32), alpha)


def _hills(rng, grid, image, horizon):
    """A silhouette above the horizon, hazy with distance."""
    ridge = fractal_noise(rng, grid.size, exponent=rng.uniform(1.3, 2.2))[0]
    ridge = horizon - rng.uniform(0.0, 0.12) - rng.uniform(0.01, 0.06) * ridge
    cover = np.clip((grid.y - ridge) * grid.size + 0.5, 0.0, 1.0)
    color = draw_color(rng, pick(rng, _GROUNDS[:3] + _SKIES[:1]))
    color = 0.65 * color + 0.35 * image[0].mean(0)
    texture = fractal_noise(rng, grid.size, exponent=1.1)
    return blend(image, color * (1.0 + 0.06 * texture[..., None]), cover)
