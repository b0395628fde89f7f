"""Paints the landscapes of the synthetic scenes: sky, clouds, hills and ground."""

import numpy as np

from tf_rloss.data.synthetic_scenes.textures import (
    Canvas,
    ColorRanges,
    blend,
    draw_color,
    fractal_noise,
    pick,
    smooth_step,
)

_SKIES: tuple[ColorRanges, ...] = (
    ((0.54, 0.62), (0.15, 0.60), (0.70, 1.00)),  # a blue day
    ((0.55, 0.65), (0.02, 0.12), (0.55, 0.95)),  # overcast
    ((0.02, 0.11), (0.25, 0.60), (0.75, 1.00)),  # evening
    ((0.70, 0.85), (0.15, 0.40), (0.55, 0.85)),  # dusk
)
_GROUNDS: tuple[ColorRanges, ...] = (
    ((0.19, 0.33), (0.35, 0.75), (0.30, 0.65)),  # grass
    ((0.09, 0.13), (0.25, 0.55), (0.55, 0.90)),  # sand
    ((0.04, 0.09), (0.30, 0.60), (0.25, 0.50)),  # earth
    ((0.50, 0.62), (0.02, 0.10), (0.80, 1.00)),  # snow
    ((0.48, 0.60), (0.25, 0.60), (0.35, 0.70)),  # water
    ((0.08, 0.15), (0.50, 0.85), (0.50, 0.80)),  # autumn leaves
)


def landscape(rng: np.random.Generator, grid: Canvas) -> tuple[np.ndarray, float]:
    """Paints a sky, up to two ranges of hills, and a ground.

    Args:
        rng: source of randomness.
        grid: the canvas.

    Returns:
        The picture, float (H, W, 3) in [0, 255], and the y of the horizon.
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
    """Paints a sky that grows paler towards the horizon, and clouds."""
    ranges = pick(rng, _SKIES)
    top, bottom = draw_color(rng, ranges), draw_color(rng, ranges)
    bottom = bottom + 0.4 * (255.0 - bottom)
    fall = smooth_step(grid.y / horizon)
    image = top + (bottom - top) * fall[..., None]
    clouds = fractal_noise(rng, grid.size, exponent=1.8, stretch=3.0)
    alpha = smooth_step(0.5 * (clouds - rng.uniform(-0.3, 1.5))) * rng.uniform(0.3, 0.9)
    return blend(image, np.array([250.0, 248.0, 245.0], np.float32), alpha)


def _hills(rng, grid, image, horizon):
    """Paints a silhouette of hills above the horizon, paler than the ground."""
    ridge = fractal_noise(rng, grid.size, exponent=rng.uniform(1.3, 2.2))[0]
    ridge = horizon - rng.uniform(0.0, 0.12) - rng.uniform(0.01, 0.06) * ridge
    cover = np.clip((grid.y - ridge) * grid.size + 0.5, 0.0, 1.0)
    color = draw_color(rng, pick(rng, _GROUNDS[:3] + _SKIES[:1]))
    color = 0.65 * color + 0.35 * image[0].mean(0)
    texture = fractal_noise(rng, grid.size, exponent=1.1)
    return blend(image, color * (1.0 + 0.06 * texture[..., None]), cover)
