"""Paints a synthetic scene: a landscape, and figures with coats, light and shadow."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.ndimage

from tf_rloss.data.synthetic_scenes import figures
from tf_rloss.data.synthetic_scenes.landscapes import landscape
from tf_rloss.data.synthetic_scenes.textures import (
    Canvas,
    ColorRanges,
    blend,
    canvas,
    draw_color,
    fractal_noise,
    pick,
    smooth_step,
)

# Least distance of a coat from the colours around its figure, in intensity units. It is
# five bandwidths of the usual affinity (15), so that colours show the borders.
_LEAST_CONTRAST = 75.0
_MOST_TRIES = 24
# Around a figure there is no camouflage within this distance, in sides of the image.
_CLEAR = 0.02


class Kind(NamedTuple):
    """A class of figures: its strokes, and the ranges that its colours come from."""

    name: str
    strokes: Callable[[np.random.Generator], list[figures.Stroke]]
    coats: tuple[ColorRanges, ...]
    shades: tuple[ColorRanges, ...] | None
    """Colours of the strokes painted "shade"; None for a darker coat."""
    accents: tuple[ColorRanges, ...]


_WARM = ((0.02, 0.12), (0.25, 0.80), (0.25, 0.90))
_DARK = ((0.00, 1.00), (0.00, 0.12), (0.10, 0.50))
_PALE = ((0.00, 1.00), (0.00, 0.08), (0.70, 1.00))
KINDS = (
    Kind("animal", figures.animal, (_WARM, _WARM, _DARK), None, (_WARM,)),
    Kind(
        "bird",
        figures.bird,
        (
            _PALE,
            ((0.90, 1.02), (0.25, 0.60), (0.75, 1.00)),
            ((0.52, 0.68), (0.30, 0.80), (0.30, 0.90)),
        ),
        None,
        (((0.03, 0.14), (0.7, 1.0), (0.6, 1.0)), ((0.0, 1.0), (0.0, 0.2), (0.1, 0.3))),
    ),
    Kind(
        "flower",
        figures.flower,
        (
            ((0.92, 1.03), (0.55, 0.95), (0.60, 1.00)),
            ((0.11, 0.16), (0.70, 1.00), (0.80, 1.00)),
            ((0.72, 0.88), (0.35, 0.80), (0.55, 1.00)),
            _PALE,
        ),
        (((0.24, 0.42), (0.40, 0.90), (0.20, 0.75)),),
        (((0.08, 0.16), (0.6, 1.0), (0.4, 1.0)),),
    ),
)
"""The classes of figures; `KINDS[i]` has the label i + 1, the landscape label 0."""


def scene(
    rng: np.random.Generator, size: int, camouflage: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Paints one image with its mask.

    Args:
        rng: the only source of randomness.
        size: side in pixels.
        camouflage: whether landscape and figures have patches in each other's colours.

    Returns:
        uint8 image (size, size, 3) and uint8 mask (size, size).
    """
    grid = canvas(size)
    image, horizon = landscape(rng, grid)
    mask = np.zeros((size, size), np.uint8)
    coats = []
    light = np.array([rng.uniform(-0.7, 0.7), -0.6, 0.6], np.float32)
    light /= np.linalg.norm(light)
    for place, height, width in _places(rng):
        label = int(rng.integers(len(KINDS)))
        strokes = KINDS[label].strokes(rng)
        facing = 1.0 if rng.random() < 0.5 else -1.0
        left, right = _extent(strokes)
        height = min(height, width / (right - left))
        # On the ground, and low enough for the head to be in the picture.
        highest = min(max(horizon + 0.08, height + 0.04), 0.96)
        middle = 0.5 * facing * height * (left + right)
        foot = np.array([place - middle, rng.uniform(highest, 0.98)])
        strokes = [
            figures.Stroke(
                foot + height * stroke.points * [facing, -1.0],
                height * stroke.radii,
                stroke.paint,
            )
            for stroke in strokes
        ]
        image, inside, coat = _paint(
            rng, grid, image, KINDS[label], strokes, light, camouflage
        )
        mask[inside] = label + 1
        coats.append(coat)
    for coat in coats if camouflage else ():
        image = _scatter(rng, grid, image, mask > 0, coat)
    vignette = 1.0 - 0.25 * ((grid.x - 0.5) ** 2 + (grid.y - 0.5) ** 2)
    image = image * (vignette * rng.uniform(0.9, 1.08))[..., None]
    image = image + rng.uniform(1.5, 4.0) * rng.standard_normal(image.shape, np.float32)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8), mask


def _places(rng):
    """Draws (centre, height, largest width) of one or two figures, in sides."""
    if rng.random() < 0.75:
        return [(rng.uniform(0.42, 0.58), rng.uniform(0.74, 0.94), 1.0)]
    margin = rng.uniform(0.23, 0.28)
    centres = (margin, 1.0 - margin) if rng.random() < 0.5 else (1.0 - margin, margin)
    return [(centre, rng.uniform(0.58, 0.80), 0.66) for centre in centres]


def _extent(strokes):
    """Returns the smallest and largest x that strokes reach."""
    left = min((stroke.points[:, 0] - stroke.radii).min() for stroke in strokes)
    right = max((stroke.points[:, 0] + stroke.radii).max() for stroke in strokes)
    return left, right


def _paint(rng, grid, image, kind, strokes, light, camouflage):
    """Paints a figure; returns the image, the figure's pixels and its coat's colour."""
    fields = []
    inside = np.zeros(grid.x.shape, bool)
    for stroke in strokes:
        box, field, radius = _distance(grid, stroke.points, stroke.radii)
        inside[box] |= field < 0.0
        fields.append((box, field, radius))
    image = _shadow(grid, image, inside)
    coat, shade, accent = _colors(rng, image, inside, kind)
    mark = coat * 0.35 if rng.random() < 0.6 else coat + 0.6 * (255.0 - coat)
    marking = _marking(rng, grid) * rng.uniform(0.0, 0.45)
    marked = blend(np.broadcast_to(coat, image.shape), mark, marking)
    if camouflage:
        row, column = rng.integers(grid.size, size=2)
        patches = 0.9 * _patches(rng, grid, rng.uniform(0.2, 1.0))
        marked = blend(marked, image[row, column], patches)
    paints = {"coat": marked, "shade": shade, "accent": accent, "dark": 0.2 * coat}
    for stroke, (box, field, radius) in zip(strokes, fields, strict=True):
        if min(field.shape) < 2:  # beside the image
            continue
        base = paints[stroke.paint]
        base = base[box] if base.ndim == 3 else base
        shading = _shading(field, radius, light)
        cover = np.clip(0.5 - field * grid.size, 0.0, 1.0)
        image[box] = blend(image[box], base * shading[..., None], cover)
    return image, inside, coat


def _scatter(rng, grid, image, occupied, coat):
    """Paints patches in the colour of a coat over the landscape, away from figures."""
    away = scipy.ndimage.distance_transform_edt(~occupied) / grid.size
    cover = _patches(rng, grid, rng.uniform(-0.6, 0.3)) * smooth_step(
        60.0 * (away - _CLEAR)
    )
    texture = 1.0 + 0.1 * fractal_noise(rng, grid.size, exponent=1.1)
    return blend(image, coat * texture[..., None], cover * rng.uniform(0.7, 1.0))


def _patches(rng, grid, threshold):
    """Returns the opacity of irregular patches; a higher threshold leaves fewer."""
    noise = fractal_noise(rng, grid.size, exponent=1.6, coarsest=2.0)
    return smooth_step(4.0 * (noise - threshold))


def _distance(grid: Canvas, points, radii):
    """Returns the box of a stroke, and each pixel's distance and radius in that box.

    The box is a pair of slices, with a margin around the stroke, clipped to the image.
    The distance from the stroke's border is negative inside the stroke. The radius is
    that of the brush at the nearest place.
    """
    reach = radii.max() + 2.0 / grid.size
    low = np.clip((points.min(0) - reach) * grid.size, 0, grid.size).astype(int)
    high = np.clip((points.max(0) + reach) * grid.size + 1, 0, grid.size).astype(int)
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    points, radii = points.astype(np.float32), radii.astype(np.float32)
    along = np.diff(points, axis=0)[:, :, None, None]
    length = np.maximum((along**2).sum(1), np.float32(1e-9))
    x = grid.x[box] - points[:-1, 0, None, None]
    y = grid.y[box] - points[:-1, 1, None, None]
    share = np.clip((x * along[:, 0] + y * along[:, 1]) / length, 0.0, 1.0)
    radius = radii[:-1, None, None] + share * np.diff(radii)[:, None, None]
    distance = np.hypot(x - share * along[:, 0], y - share * along[:, 1]) - radius
    nearest = np.argmin(distance, 0)[None]
    return (
        box,
        np.take_along_axis(distance, nearest, 0)[0],
        np.take_along_axis(radius, nearest, 0)[0],
    )


def _shading(field, radius, light):
    """Returns the brightness, by Lambert's law, of a stroke as a round body."""
    down, right = np.gradient(field)
    steep = np.clip(1.0 + field / radius, 0.0, 1.0)
    norm = steep / np.maximum(np.hypot(down, right), 1e-9)
    up = np.sqrt(1.0 - steep**2)
    bright = right * norm * light[0] + down * norm * light[1] + up * light[2]
    return 0.72 + 0.42 * np.clip(bright, -0.2, 1.0)


def _shadow(grid, image, inside):
    """Paints a soft dark ellipse on the ground under a figure."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return image
    half = 0.5 * float(np.ptp(columns) + 1)
    x = (grid.x * grid.size - float(columns.mean())) / half
    y = (grid.y * grid.size - float(rows[-1])) / (0.07 * float(np.ptp(rows) + 1))
    return image * (1.0 - 0.35 * smooth_step(1.0 - np.sqrt(x * x + y * y)))[..., None]


def _marking(rng, grid):
    """Returns the opacity of patches, stripes or spots on a coat."""
    noise = fractal_noise(rng, grid.size, exponent=1.6, coarsest=3.0)
    style = int(rng.integers(4))
    if style == 0:
        return np.zeros_like(grid.x)
    if style == 1:
        waves = np.sin(grid.x * rng.uniform(60.0, 110.0) + 1.5 * noise)
        return smooth_step(0.5 + waves)
    if style == 2:
        return smooth_step(2.0 * noise)
    return smooth_step(2.0 * fractal_noise(rng, grid.size, exponent=1.2, coarsest=8.0))


def _colors(rng, image, inside, kind):
    """Draws coat, shade and accent, which differ from the colours around a figure."""
    near = scipy.ndimage.binary_dilation(inside, iterations=max(2, len(image) // 24))
    around = image[near & ~inside]
    around = around[:: max(1, len(around) // 200)]

    def distinct(choices):
        best, contrast = None, -1.0
        for _ in range(_MOST_TRIES):
            color = draw_color(rng, pick(rng, choices))
            found = np.percentile(np.linalg.norm(around - color, axis=1), 5)
            if found > contrast:
                best, contrast = color, found
            if contrast >= _LEAST_CONTRAST:
                break
        return best

    coat = distinct(kind.coats)
    shade = 0.8 * coat if kind.shades is None else distinct(kind.shades)
    return coat, shade, distinct(kind.accents)
