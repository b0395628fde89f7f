"""Strokes are cut by their arc length, and pens cover what their definition says."""

import numpy as np
import pytest

from tf_rloss.data.scribbles.strokes import (
    line_pixels,
    middle_part,
    middle_pixels,
    path_pixels,
)

CORNER = np.array([[0.0, 0.0], [0.0, 6.0], [4.0, 6.0]])  # 10 long


def length(points):
    return np.hypot(*np.diff(points, axis=0).T).sum()


@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.5, 0.3, 0.1])
def test_the_middle_part_has_the_length_asked_for(ratio):
    assert length(middle_part(CORNER, ratio)) == pytest.approx(10 * ratio)


def test_the_middle_part_is_cut_where_the_arc_says():
    # From 2.5 to 7.5 of 10, around the corner at 6.
    expected = [[0, 2.5], [0, 6], [1.5, 6]]
    np.testing.assert_allclose(middle_part(CORNER, 0.5), expected)
    np.testing.assert_allclose(middle_part(CORNER, 0.0), [[0, 5]])
    np.testing.assert_allclose(middle_part(CORNER, 1.0), CORNER)


@pytest.mark.parametrize("ratio", [1.0, 0.4, 0.0])
def test_one_point_and_repeated_points_have_a_middle(ratio):
    np.testing.assert_array_equal(middle_part([[3, 4]], ratio)[0], [3, 4])
    np.testing.assert_array_equal(middle_part([[3, 4]] * 3, ratio)[-1], [3, 4])
    doubled = np.repeat(CORNER, 2, axis=0)
    assert length(middle_part(doubled, ratio)) == pytest.approx(10 * ratio)


def test_middle_pixels_are_those_near_the_middle():
    path = np.stack([np.zeros(11, int), np.arange(11)], -1)
    assert middle_pixels(path, 0.4)[:, 1].tolist() == [3, 4, 5, 6, 7]
    assert middle_pixels(path, 0.0)[:, 1].tolist() == [5]


@pytest.mark.parametrize("diameter", [1, 3, 4.5])
def test_a_line_covers_the_pixels_within_half_a_diameter(diameter):
    points = np.array([[2.0, 3.0], [10.5, 4.0], [8.0, 25.0]])
    # The line as 5000 points: misses the true distance by less than 1e-4 px.
    samples = np.concatenate([np.linspace(*points[i : i + 2], 2500) for i in (0, 1)])
    pixels = np.stack(np.mgrid[:16, :20], -1)
    offsets = pixels[..., None, :] - samples
    distance = np.hypot(offsets[..., 0], offsets[..., 1]).min(-1)
    clear = np.abs(distance - diameter / 2) > 1e-3
    covered = line_pixels(points, diameter, (16, 20))
    np.testing.assert_array_equal(covered[clear], (distance < diameter / 2)[clear])


@pytest.mark.parametrize("diameter", [1, 3, 6])
def test_a_path_of_neighbours_is_covered_like_a_line(diameter):
    path = np.array([[3, 3], [4, 4], [4, 5], [3, 6], [2, 6]])
    covered = path_pixels(path, diameter, (9, 8))
    np.testing.assert_array_equal(covered, line_pixels(path, diameter, (9, 8)))


def test_what_lies_outside_is_left_out():
    assert not line_pixels([[-9, -9]], 3, (5, 5)).any()
    assert not line_pixels([[30, 2], [1e9, 1e9]], 3, (5, 5)).any()
    crossing = line_pixels([[2, -1e6], [2, 1e6]], 1, (5, 5))
    assert crossing.sum() == 5 and crossing[2].all()
