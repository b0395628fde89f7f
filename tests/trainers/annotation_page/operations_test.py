"""How strokes become pixels."""

import tracemalloc

import numpy as np
import pytest

from trainers.annotation_page.operations import Outside, Stroke, paint

EMPTY = np.full((60, 80), 255, np.uint8)


def distances(points, shape):
    """Plain reference: distance of each pixel's centre to the line, in pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    nearest = np.full(shape, np.inf)
    pairs = list(zip(points[::2], points[1::2], strict=True))
    for (x0, y0), (x1, y1) in zip(pairs, pairs[1:] or pairs, strict=False):
        length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
        t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
        distance = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
        nearest = np.minimum(nearest, distance)
    return nearest


@pytest.mark.parametrize("width", [1, 2, 3, 7.5, 20])
@pytest.mark.parametrize(
    "points",
    [
        (40.5, 30.5),
        (40.0, 30.0),
        (10.2, 10.7, 70.1, 50.3),
        (10.5, 30.5, 70.5, 30.5),
        (5.5, 5.5, 40.2, 50.9, 75.1, 8.4, 40, 20),
        (-20, 30, 100, 35),
    ],
)
def test_a_stroke_is_as_wide_as_its_brush(points, width):
    labels = paint(EMPTY, [Stroke(1, width, points)])
    distance = distances(points, labels.shape)
    # A click at the corner of four pixels has to label one, so that no brush is thinner
    # than their diagonal.
    radius = max(width, 2**0.5) / 2
    unsure = abs(distance - radius) < 1e-6  # Both round in another order.
    assert (labels[(distance <= radius) & ~unsure] == 1).all()
    assert (labels[(distance > radius) & ~unsure] == 255).all()
    assert (labels == 1).any()


def test_a_long_thin_stroke_on_a_large_photograph_takes_little_time_and_memory():
    """Protects: the box around a diagonal is the whole photograph."""
    labels, points = np.full((4000, 6000), 255, np.uint8), (3.3, 5.1, 5989.7, 3721.4)
    tracemalloc.start()
    labels = paint(labels, [Stroke(1, 4, points)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Beside the result of 24 MB.
    assert peak < 30e6
    length = np.hypot(points[2] - points[0], points[3] - points[1])
    # Its area is the length times the width.
    assert (labels == 1).sum() == pytest.approx(4 * length, rel=0.01)


def test_a_click_of_one_pixel_is_the_pixel_below_the_pointer():
    labels = paint(EMPTY, [Stroke(2, 1, (40.9, 30.1))])
    assert np.argwhere(labels == 2).tolist() == [[30, 40]]


def test_operations_leave_their_input_alone_and_follow_each_other():
    before = EMPTY.copy()
    line, erased = Stroke(1, 5, (0, 30, 80, 30)), Stroke(255, 5, (40, 0, 40, 60))
    labels = paint(before, [line, erased, Outside(0, (20, 10, 60, 50))])
    np.testing.assert_array_equal(before, EMPTY)
    assert labels[30, [5, 30, 40, 50, 75]].tolist() == [1, 1, 255, 1, 1]
    assert labels[[5, 55], 40].tolist() == [0, 0]
    assert labels[20, 30] == 255


def test_a_box_beyond_the_image_ends_at_its_border():
    labels = paint(EMPTY, [Outside(0, (-30, -30, 40, 400))])
    assert (labels[:, :40] == 255).all() and (labels[:, 40:] == 0).all()
