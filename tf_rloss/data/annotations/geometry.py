"""Geometries of shapes, and the pixels that they cover.

Coordinates are x to the right and y down, in pixels. The first pixel covers
[0, 1) x [0, 1), so that its centre is (0.5, 0.5).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from tf_rloss.data.scribbles.strokes import line_pixels

MOST_CROSSINGS = 1 << 27
"""Most places where the edges of a polygon may cross the rows of an image."""
_BLOCK = 1 << 20


class ShapeError(ValueError):
    """Raised for a shape that is wrong; the message says what is wrong with it."""


class Patch(NamedTuple):
    """A part of an image, and the pixels in it that are covered."""

    top: int
    left: int
    mask: np.ndarray
    """bool (h, w); the part lies inside the image."""


class Polygon(NamedTuple):
    """An area inside a ring of corners, without its holes.

    A pixel is covered if its centre lies inside; where a ring crosses itself, the
    number of crossings decides (even: outside).
    """

    ring: np.ndarray
    """float (n, 2), x and y of the corners."""
    holes: tuple[np.ndarray, ...] = ()

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the covered pixels in an image of (height, width) `size`."""
        top, left, bottom, right = _bounds(self.ring, size)
        shape = (bottom - top, right - left)
        mask = _inside(self.ring - [left, top], shape)
        for hole in self.holes:
            mask &= ~_inside(hole - [left, top], shape)
        return Patch(top, left, mask)


class PillowPolygon(NamedTuple):
    """An area as Pillow fills it, with all pixels that its outline touches."""

    ring: np.ndarray

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the covered pixels in an image of (height, width) `size`."""
        top, left, bottom, right = _bounds(self.ring, size, 1)
        mask = _canvas(self.ring - [left, top], (bottom - top, right - left), fill=True)
        return Patch(top, left, mask)


class PixelPolygon(NamedTuple):
    """An area whose corners are indices of pixels, with the pixels of its outlines.

    Holes take the pixels of their outlines away.
    """

    ring: np.ndarray
    """Whole numbers (n, 2), x and y."""
    holes: tuple[np.ndarray, ...] = ()

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the covered pixels in an image of (height, width) `size`."""
        top, left, bottom, right = _bounds(self.ring, size, 1)
        shape = (bottom - top, right - left)
        mask = np.zeros(shape, bool)
        for ring in (self.ring, *self.holes):
            corners = ring - [left, top]
            covered = _inside(corners + 0.5, shape) | _canvas(corners, shape)
            mask = covered if ring is self.ring else mask & ~covered
        return Patch(top, left, mask)


class Ellipse(NamedTuple):
    """An ellipse, perhaps turned clockwise around its centre."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    degrees: float = 0.0

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the pixels whose centres it covers."""
        reach = max(self.radius_x, self.radius_y)
        center = np.array([self.x, self.y])
        corners = np.stack([center - reach, center + reach])
        top, left, bottom, right = _bounds(corners, size)
        y, x = np.ogrid[top:bottom, left:right]
        x, y = x + 0.5 - self.x, y + 0.5 - self.y
        cos, sin = (f(math.radians(self.degrees)) for f in (math.cos, math.sin))
        along, across = x * cos + y * sin, y * cos - x * sin
        tiny = np.finfo(float).tiny
        distance = (along / max(self.radius_x, tiny)) ** 2
        distance = distance + (across / max(self.radius_y, tiny)) ** 2
        return Patch(top, left, distance <= 1.0)


class Line(NamedTuple):
    """An open line with a round pen."""

    points: np.ndarray

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the pixels whose centres lie within half a width of the line."""
        reach = math.ceil(line_width)
        top, left, bottom, right = _bounds(self.points, size, reach)
        # The pen's pixels have their centres at whole numbers.
        places = self.points[:, ::-1] - [top + 0.5, left + 0.5]
        mask = line_pixels(places, line_width, (bottom - top, right - left))
        return Patch(top, left, mask)


class Clicks(NamedTuple):
    """Single points."""

    points: np.ndarray
    """float (n, 2)."""


class Painted(NamedTuple):
    """An area that the file gives by its pixels."""

    decode: Callable[[], np.ndarray]
    """Returns the pixels, bool (h, w); raises a `ShapeError` if they are damaged."""
    left: int = 0
    top: int = 0
    whole: bool = False
    """Whether the pixels are those of the whole image, so that the sizes must agree."""

    def draw(self, size: tuple[int, int], line_width: float) -> Patch:
        """Returns the pixels that lie inside an image of (height, width) `size`."""
        mask = self.decode()
        if self.whole and mask.shape != size:
            raise ShapeError(
                f"has a mask of {mask.shape[1]} x {mask.shape[0]} px in an image of "
                f"{size[1]} x {size[0]} px"
            )
        top, left = max(self.top, 0), max(self.left, 0)
        inside = mask[
            top - self.top : max(0, size[0] - self.top),
            left - self.left : max(0, size[1] - self.left),
        ]
        return Patch(min(top, size[0]), min(left, size[1]), inside)


Geometry = Polygon | PillowPolygon | PixelPolygon | Ellipse | Line | Clicks | Painted


def box(
    left: float,
    top: float,
    width: float,
    height: float,
    degrees: float = 0.0,
    pivot: tuple[float, float] | None = None,
) -> Polygon:
    """Returns a rectangle, turned clockwise around a point.

    Args:
        left: x of its left edge before it is turned.
        top: y of its upper edge.
        width: its width, above 0.
        height: its height, above 0.
        degrees: angle to turn it by.
        pivot: x and y of the point that stays in place. Default: its centre.

    Raises:
        ShapeError: if it has no area.
    """
    if not (width > 0 and height > 0):
        raise ShapeError(f"is a box of {width:g} x {height:g} px")
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    corners += [left, top]
    center = np.array(pivot or (left + width / 2, top + height / 2), float)
    cos, sin = (f(math.radians(degrees)) for f in (math.cos, math.sin))
    return Polygon((corners - center) @ np.array([[cos, sin], [-sin, cos]]) + center)


def _bounds(points, size, margin=0):
    """Returns top, left, bottom and right of the part of the image around points."""
    low = np.floor(points.min(axis=0)) - margin
    high = np.ceil(points.max(axis=0)) + 1 + margin
    (left, top), (right, bottom) = (
        np.clip(corner, 0, size[::-1]).astype(int).tolist() for corner in (low, high)
    )
    return top, left, max(bottom, top), max(right, left)


def _inside(ring, shape):
    """Returns bool `shape`, true for pixels with the centre inside a ring."""
    height, width = shape
    start, end = ring, np.roll(ring, -1, axis=0)
    upward = start[:, 1] > end[:, 1]
    upper, lower = np.where(upward[:, None], (end, start), (start, end))
    # The rows whose centres lie between both ends of an edge.
    first = np.clip(np.ceil(upper[:, 1] - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(lower[:, 1] - 0.5), 0, height).astype(np.int64)
    counts = last - first
    if counts.sum() > MOST_CROSSINGS:
        raise ShapeError("has too many long edges to be drawn")
    changes = np.zeros((height, width + 1), np.uint8)
    ends = np.searchsorted(
        np.cumsum(counts), np.arange(_BLOCK, counts.sum() + _BLOCK, _BLOCK)
    )
    edge_from = 0
    for edge_to in np.unique(np.minimum(ends + 1, len(counts))):
        part = slice(edge_from, edge_to)
        edge_from = edge_to
        edges = np.repeat(np.arange(part.start, part.stop), counts[part])
        offsets = np.cumsum(counts[part]) - counts[part]
        rows = np.arange(len(edges)) - np.repeat(offsets, counts[part]) + first[edges]
        rise = lower[edges, 1] - upper[edges, 1]
        share = (rows + 0.5 - upper[edges, 1]) / rise
        x = upper[edges, 0] + share * (lower[edges, 0] - upper[edges, 0])
        columns = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
        np.bitwise_xor.at(changes, (rows, columns), 1)
    return np.bitwise_xor.accumulate(changes[:, :width], axis=1).astype(bool)


def _canvas(ring, shape, fill=False):
    """Returns bool `shape`, true for pixels that Pillow draws: an outline, or all."""
    canvas = Image.new("1", shape[::-1])
    if min(shape) > 0:
        corners = [*map(tuple, ring.tolist())]
        pen = ImageDraw.Draw(canvas)
        if fill:
            pen.polygon(corners, fill=1, outline=1)
        else:
            pen.line([*corners, corners[0]], fill=1)
    return np.array(canvas, bool).reshape(shape)
