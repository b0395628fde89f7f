"""Tests of the pixels that shapes cover."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tf_rloss.data.annotations import geometry
from tf_rloss.data.annotations.geometry import (
    Ellipse,
    Line,
    Painted,
    PillowPolygon,
    PixelPolygon,
    Polygon,
    ShapeError,
    box,
)

SIZE = (12, 16)


def drawn(shape, size=SIZE, line_width=3.0):
    """Returns bool `size`, true where a shape covers a pixel."""
    patch = shape.draw(size, line_width)
    canvas = np.zeros(size, bool)
    height, width = patch.mask.shape
    canvas[patch.top : patch.top + height, patch.left : patch.left + width] = patch.mask
    return canvas


def centers(size=SIZE):
    """Returns y and x of the pixels' centres."""
    return np.mgrid[: size[0], : size[1]] + 0.5


def is_inside(ring, y, x):
    """The even-odd rule for each point, the plain way."""
    inside = np.zeros(np.shape(y), bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 <= y) != (y1 <= y)
            inside ^= crosses & (x >= x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("corners", [3, 5, 9])
def test_polygon_covers_pixels_with_the_centre_inside(seed, corners):
    # Corners outside of the image and rings that cross themselves are among these.
    ring = np.random.default_rng(seed).uniform(-6, 22, (corners, 2))
    expected = is_inside(ring, *centers())
    assert expected.any()
    np.testing.assert_array_equal(drawn(Polygon(ring)), expected)


def test_polygon_of_many_edges_is_drawn_in_parts(monkeypatch):
    ring = np.random.default_rng(0).uniform(0, 12, (40, 2))
    whole = drawn(Polygon(ring))
    monkeypatch.setattr(geometry, "_BLOCK", 7)
    np.testing.assert_array_equal(drawn(Polygon(ring)), whole)


def test_polygon_with_too_many_edges_is_refused(monkeypatch):
    monkeypatch.setattr(geometry, "MOST_CROSSINGS", 10)
    with pytest.raises(ShapeError, match="too many long edges"):
        drawn(Polygon(np.array([[1, 1], [9, 1], [9, 11.0]])))


def test_holes_of_a_polygon_are_not_covered():
    ring = np.array([[1, 1], [9, 1], [9, 9], [1, 9]], float)
    hole = np.array([[3, 3], [5, 3], [5, 5], [3, 5]], float)
    mask = drawn(Polygon(ring, (hole,)))
    expected = np.zeros(SIZE, bool)
    expected[1:9, 1:9] = True
    expected[3:5, 3:5] = False
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("seed", range(4))
def test_pillow_polygon_is_what_pillow_draws_on_the_whole_image(seed):
    ring = np.random.default_rng(seed).uniform(-3, 20, (5, 2))
    canvas = Image.new("L", SIZE[::-1])
    ImageDraw.Draw(canvas).polygon([*map(tuple, ring)], fill=1, outline=1)
    np.testing.assert_array_equal(drawn(PillowPolygon(ring)), np.array(canvas) > 0)


@pytest.mark.parametrize("seed", range(5))
def test_pixel_polygon_is_nearly_what_opencv_fills(seed):
    cv2 = pytest.importorskip("cv2")
    ring = np.random.default_rng(seed).integers(0, 60, (5, 2))
    expected = np.zeros((60, 60), np.uint8)
    cv2.fillPoly(expected, [ring.astype(np.int32)], 1)
    mask = drawn(PixelPolygon(ring), (60, 60))
    # Where an outline runs in the middle between two pixels, OpenCV can take the other.
    outline = np.abs(np.diff(ring, axis=0, append=ring[:1])).max(axis=1).sum()
    assert (mask != (expected > 0)).sum() <= 0.05 * outline
    assert all(mask[y, x] for x, y in ring)


def test_holes_of_a_pixel_polygon_take_their_outline_away():
    ring = np.array([[1, 1], [9, 1], [9, 9], [1, 9]])
    hole = np.array([[3, 3], [5, 3], [5, 5], [3, 5]])
    expected = np.zeros(SIZE, bool)
    expected[1:10, 1:10] = True
    expected[3:6, 3:6] = False
    np.testing.assert_array_equal(drawn(PixelPolygon(ring, (hole,))), expected)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0])
def test_ellipse_covers_pixels_with_the_centre_inside(degrees):
    y, x = centers()
    angle = math.radians(degrees)
    # Clockwise on the screen, where y points down.
    along = (x - 7) * math.cos(angle) + (y - 6) * math.sin(angle)
    across = -(x - 7) * math.sin(angle) + (y - 6) * math.cos(angle)
    expected = (along / 5) ** 2 + (across / 3) ** 2 <= 1
    np.testing.assert_array_equal(drawn(Ellipse(7, 6, 5, 3, degrees)), expected)


def test_ellipse_turned_clockwise_leans_to_the_lower_right():
    mask = drawn(Ellipse(8, 6, 6, 1, 45))
    assert mask[9, 11] and not mask[2, 11]


def test_box_is_turned_around_its_corner_or_its_centre():
    corners = box(2, 3, 4, 2, 90, pivot=(2, 3)).ring
    np.testing.assert_allclose(corners, [[2, 3], [2, 7], [0, 7], [0, 3]], atol=1e-12)
    corners = box(2, 3, 4, 2, 90).ring
    np.testing.assert_allclose(corners, [[5, 2], [5, 6], [3, 6], [3, 2]], atol=1e-12)


@pytest.mark.parametrize("sides", [(0, 2), (2, -1), (float("nan"), 1)])
def test_box_without_area_is_refused(sides):
    with pytest.raises(ShapeError, match="box"):
        box(0, 0, *sides)


def test_line_covers_pixels_near_it():
    y, x = centers()
    mask = drawn(Line(np.array([[2.0, 4.0], [10.0, 4.0]])), line_width=3.0)
    nearest = np.clip(x, 2, 10)
    np.testing.assert_array_equal(mask, np.hypot(x - nearest, y - 4) <= 1.5)


def test_shapes_far_outside_cover_nothing():
    far = np.array([[100, 100], [110, 100], [110, 110]], float)
    for shape in (Polygon(far), PillowPolygon(far), PixelPolygon(far), Line(far)):
        assert not drawn(shape).any()
    assert not drawn(Ellipse(-50, -50, 3, 3)).any()


@pytest.mark.parametrize(("left", "top"), [(-2, -1), (14, 10), (-9, 0), (40, 40)])
def test_painted_area_is_cut_at_the_edges(left, top):
    pixels = np.random.default_rng(0).random((4, 5)) < 0.5
    expected = np.zeros((60, 60), bool)
    expected[10 + top : 14 + top, 10 + left : 15 + left] = pixels
    mask = drawn(Painted(lambda: pixels, left, top))
    np.testing.assert_array_equal(mask, expected[10:22, 10:26])


def test_painted_image_of_another_size_is_refused():
    with pytest.raises(ShapeError, match="5 x 4 px in an image of 16 x 12 px"):
        drawn(Painted(lambda: np.ones((4, 5), bool), whole=True))
