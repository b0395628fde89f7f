"""Activation maps become cues as the formula says, and scores count them."""

import numpy as np
import pytest

from tf_rloss import data
from tf_rloss.data import Cues, activation_cues
from tf_rloss.labels import voc_palette

NONE = 255


def cues_of(rows, tags=(1, 1, 1), **options):
    """Returns the cues of maps with one row of cells; `rows[c - 1]` is of class c."""
    maps = np.stack([np.zeros(len(rows[0])), *map(np.array, rows)], axis=-1)[None]
    options = {"foreground_share": 0.2, "background_share": 0.0} | options
    return activation_cues(maps, np.array(tags), **options)


def test_cells_above_a_share_of_the_maximum_are_cues():
    found = cues_of([[10.0, 2.1, 2.0, -9.0]], tags=(1, 1))
    np.testing.assert_array_equal(found.cues, [[1, 1, NONE, NONE]])
    np.testing.assert_array_equal(found.labels, [1])
    assert found.cues.dtype == found.labels.dtype == np.uint8


def test_absent_classes_have_no_cues():
    found = cues_of([[1.0, 0.0], [0.0, 100.0]], tags=(1, 1, 0))
    np.testing.assert_array_equal(found.cues, [[1, NONE]])
    np.testing.assert_array_equal(found.labels, [1])


def test_the_smaller_class_takes_a_cell_that_two_claim():
    large, small = [9.0, 9.0, 9.0, 0.0], [0.0, 0.0, 0.1, 0.0]
    np.testing.assert_array_equal(cues_of([large, small]).cues, [[1, 1, 2, NONE]])
    np.testing.assert_array_equal(cues_of([small, large]).cues, [[2, 2, 1, NONE]])


def test_of_two_classes_of_equal_size_the_first_takes_the_cell():
    found = cues_of([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(found.cues, [[1, 1, 2]])


def test_a_class_that_is_nowhere_active_has_no_cues():
    found = cues_of([[-1.0, -2.0], [3.0, 0.0]])
    np.testing.assert_array_equal(found.cues, [[2, NONE]])
    np.testing.assert_array_equal(found.labels, [1, 2])


def test_background_is_where_all_present_classes_are_least_active():
    # Relative to their largest absolute values: 1, -1, 0.1, 0 and 1, 0.5, 0.5, -1.
    rows = [[10.0, -10.0, 1.0, 0.0], [2.0, 1.0, 1.0, -2.0]]
    found = cues_of(rows, background_share=0.25, foreground_share=0.9)
    np.testing.assert_array_equal(found.cues, [[1, NONE, NONE, 0]])
    found = cues_of(rows, background_share=0.75, foreground_share=0.9)
    np.testing.assert_array_equal(found.cues, [[1, 0, 0, 0]])


def test_foreground_goes_before_background():
    found = cues_of([[4.0, 2.0, 1.0, 3.0]], tags=(1, 1), background_share=1.0)
    np.testing.assert_array_equal(found.cues, [[1, 1, 1, 1]])


def test_without_foreground_tags_all_is_background():
    found = cues_of([[5.0, 1.0]], tags=(1, 0))
    np.testing.assert_array_equal(found.cues, [[0, 0]])
    assert found.labels.shape == (0,)


def test_maps_that_are_constant_place_nothing_wrongly():
    found = cues_of([[0.0, 0.0]], tags=(1, 1), background_share=0.5)
    np.testing.assert_array_equal(found.cues, [[0, NONE]])


@pytest.mark.parametrize(
    "maps, tags, options, name",
    [
        (np.zeros((2, 2)), np.ones(2), {}, "maps"),
        (np.zeros((2, 2, 3)), np.ones(2), {}, "maps"),
        (np.full((2, 2, 2), np.nan), np.ones(2), {}, "maps"),
        (np.zeros((2, 2, 2)), np.ones(2), {"foreground_share": 1.1}, "foreground"),
        (np.zeros((2, 2, 2)), np.ones(2), {"background_share": -0.1}, "background"),
    ],
)
def test_wrong_arguments_are_named(maps, tags, options, name):
    with pytest.raises(ValueError, match=f"`{name}"):
        activation_cues(maps, tags, **options)


def test_scores_compare_each_cue_with_the_mask_at_its_centre():
    mask = np.zeros((4, 4), np.uint8)
    mask[2:, :2], mask[2:, 2:], mask[0, :2] = 1, 255, 2
    cues = Cues(np.array([1], np.uint8), np.array([[0, 1], [1, 1]], np.uint8))
    none = Cues(np.array([1], np.uint8), np.full((2, 2), NONE, np.uint8))
    source = data.Source(
        "toy",
        ("background", "one", "two"),
        voc_palette(3),
        ("cued", "bare"),
        (4, 4),
        False,
        True,
        lambda name: data.Example(np.zeros((4, 4, 3), np.uint8), mask=mask),
    )
    source = data.with_cues(source, {"cued": cues, "bare": none})
    scores = data.score_cues(source)
    # Masks at the centres: background, background / class 1, unknown. Of the known
    # cells of both images, 3 of 6 have a cue: background and 1 are right, 1 is not.
    assert scores.coverage == pytest.approx(3 / 6)
    assert scores.background == pytest.approx(1 / 3)
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.foreground_precision == pytest.approx(1 / 2)
