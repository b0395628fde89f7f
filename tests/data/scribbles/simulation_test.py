"""Simulated scribbles stay inside their regions and shrink around their middle."""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.ndimage

from tf_rloss.data import (
    DataError,
    shorten_scribble,
    simulate_scribble,
    synthetic,
    with_scribbles,
    with_shortened_scribbles,
)
from tf_rloss.data.scribbles.skeleton import longest_path

RATIOS = (1.0, 0.8, 0.5, 0.3, 0.0)


def draw(mask, seed=0, **settings):
    return simulate_scribble(mask, rng=np.random.default_rng(seed), **settings)


def scene_mask(number):
    source = synthetic("scribble_test", num_images=number + 1, size=80)
    return source.read(source.ids[number]).mask


def bar(height=9, length=60):
    mask = np.zeros((40, 80), np.uint8)
    mask[15 : 15 + height, 10 : 10 + length] = 1
    return mask


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("ratio", RATIOS)
def test_scribbles_stay_inside_their_class(number, ratio):
    mask = scene_mask(number)
    scribble = draw(mask, length_ratio=ratio)
    drawn = scribble != 255
    np.testing.assert_array_equal(scribble[drawn], mask[drawn])


@pytest.mark.parametrize("ratio", RATIOS)
def test_every_region_gets_a_scribble(ratio):
    rng = np.random.default_rng(1)
    blobs = scipy.ndimage.gaussian_filter(rng.standard_normal((60, 70)), 3)
    mask = np.digitize(blobs, [-0.05, 0.05]).astype(np.uint8)
    mask[0, 0], mask[30:32, 30:32] = 7, 8  # one pixel, and a 2 x 2 block
    scribble = draw(mask, length_ratio=ratio)
    for label in np.unique(mask):
        regions, count = scipy.ndimage.label(mask == label, np.ones((3, 3)))
        drawn = np.unique(regions[scribble == label])
        assert len(drawn) == count, f"class {label}: {len(drawn)} of {count}"


def test_longer_ratios_contain_shorter_ones():
    mask = scene_mask(1)
    drawn = [draw(mask, length_ratio=ratio) != 255 for ratio in RATIOS[:-1]]
    for longer, shorter in itertools.pairwise(drawn):
        assert (longer | ~shorter).all()
        assert shorter.sum() < longer.sum()


def test_ratio_scales_the_length_about_the_middle():
    # Along a bar the share of the path drawn is 0.5 to 0.8 of its length.
    columns = [
        np.flatnonzero((draw(bar(), length_ratio=ratio) == 1).any(0))
        for ratio in (1.0, 0.5)
    ]
    full, half = (np.ptp(column) + 1 for column in columns)
    # The round pen adds 2 px to either; sampling the path on pixels, one more.
    assert abs((half - 2) - 0.5 * (full - 2)) <= 2
    assert 0.35 * 60 < full < 0.9 * 60
    assert all(abs(column.mean() - 39.5) <= 1.5 for column in columns)


@pytest.mark.parametrize("width", [1, 3, 5])
def test_width_is_that_of_the_stroke(width):
    rows = np.flatnonzero((draw(bar(), width=width) == 1)[:, 40])
    assert len(rows) == width


def test_a_click_is_a_small_disc():
    click = draw(bar(21), length_ratio=0.0) == 1
    # A disc of diameter 6 has 28 px; on the pixel grid, centred on a pixel, 29.
    assert 24 <= click.sum() <= 32
    assert scipy.ndimage.label(click)[1] == 1


def test_nothing_is_drawn_where_the_mask_is_ignored():
    mask = bar()
    mask[:, :40] = 255
    assert (draw(mask)[mask == 255] == 255).all()
    assert (draw(np.full((5, 5), 255, np.uint8)) == 255).all()


def test_same_rng_gives_same_scribble_and_others_vary():
    mask = bar()
    np.testing.assert_array_equal(draw(mask, 3), draw(mask, 3))
    lengths = {(draw(mask, seed) == 1).sum() for seed in range(6)}
    assert len(lengths) > 1


def test_longest_path_follows_the_long_arm_of_a_cross():
    region = np.zeros((41, 61), bool)
    region[18:23, 3:58] = True
    region[8:33, 28:33] = True
    path = longest_path(region)
    assert (np.abs(np.diff(path, axis=0)).max(1) == 1).all()
    assert np.ptp(path[:, 1]) > 40 and np.abs(path[:, 0] - 20).max() <= 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 65)])
def test_odd_sizes_work(shape):
    mask = np.ones(shape, np.uint8)
    assert (draw(mask) == 1).any()


@pytest.mark.parametrize(
    "settings, name",
    [({"length_ratio": 1.5}, "length_ratio"), ({"width": 0}, "width")],
)
def test_wrong_settings_are_named(settings, name):
    with pytest.raises(ValueError, match=name):
        draw(bar(), **settings)


def test_a_mask_of_another_type_is_refused():
    with pytest.raises(ValueError, match="mask"):
        draw(bar().astype(np.int32))


def test_simulated_scribbles_depend_on_the_image_not_on_the_order():
    source = synthetic("scribble_test", num_images=3, size=48)
    simulated = with_scribbles(source, length_ratio=0.5, seed=2)
    again = with_scribbles(source.take([2, 0]), length_ratio=0.5, seed=2)
    for name in again.ids:
        first, second = simulated.read(name), again.read(name)
        np.testing.assert_array_equal(first.scribble, second.scribble)
        np.testing.assert_array_equal(first.mask, source.read(name).mask)
        # Kept after the first reading: the same once more.
        np.testing.assert_array_equal(again.read(name).scribble, first.scribble)


def test_scribbles_cannot_be_simulated_without_masks():
    source = synthetic("scribble_test", num_images=1, size=48)
    with pytest.raises(DataError, match="none"):
        with_scribbles(dataclasses.replace(source, has_masks=False))


def drawn_cross():
    """Returns a stroke of class 1 along a row, crossed by a short one of class 2."""
    scribble = np.full((40, 80), 255, np.uint8)
    scribble[19:22, 10:70] = 1
    scribble[10:32, 30:33] = 2
    return scribble


@pytest.mark.parametrize("ratio", [0.8, 0.5, 0.3])
def test_drawn_strokes_shrink_about_their_middle(ratio):
    scribble = drawn_cross()
    scribble[scribble == 2] = 1  # no crossing: the longest path is the row's
    short = shorten_scribble(scribble, ratio)
    assert (scribble[short == 1] == 1).all()
    columns = np.flatnonzero((short == 1).any(0))
    # A skeleton ends about a pixel before the stroke, and the pen adds one again.
    assert abs(np.ptp(columns) + 1 - 60 * ratio) <= 4
    assert abs(columns.mean() - 39.5) <= 1.5


def test_every_connected_stroke_is_shortened_on_its_own():
    short = shorten_scribble(drawn_cross(), 0.5)
    # Class 2 cuts class 1 in two: columns 10 to 29 and 33 to 69.
    assert scipy.ndimage.label(short == 1)[1] == 2
    assert scipy.ndimage.label(short == 2)[1] == 1
    assert (short[19:22, 15:25] == 1).sum() > 20
    assert (short[19:22, 44:58] == 1).sum() > 30


def test_a_drawn_stroke_of_ratio_zero_is_a_click():
    scribble = drawn_cross()
    click = shorten_scribble(scribble, 0.0)
    for label, strokes in ((1, 2), (2, 1)):
        regions, count = scipy.ndimage.label(click == label)
        assert count == strokes
        # A disc of diameter 6 has 29 px at most; other classes keep theirs.
        assert max(np.bincount(regions.ravel())[1:]) <= 29
    other = (scribble != 255) & (click != 255)
    np.testing.assert_array_equal(click[other], scribble[other])


def test_a_ratio_of_one_leaves_drawn_strokes_alone():
    np.testing.assert_array_equal(shorten_scribble(drawn_cross(), 1.0), drawn_cross())
    with pytest.raises(ValueError, match="length_ratio"):
        shorten_scribble(drawn_cross(), -0.1)


def test_a_source_with_scribbles_gets_them_shortened():
    source = synthetic("scribble_test", num_images=1, size=48)
    name = source.ids[0]
    shortened = with_shortened_scribbles(source, 0.5)
    expected = shorten_scribble(source.read(name).scribble, 0.5)
    for _ in range(2):  # drawn, then kept
        np.testing.assert_array_equal(shortened.read(name).scribble, expected)
    bare = dataclasses.replace(source, has_scribbles=False)
    with pytest.raises(DataError, match="no scribbles"):
        with_shortened_scribbles(bare, 0.5)
