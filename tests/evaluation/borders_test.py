"""Tests of tf_rloss/evaluation/borders.py."""

import numpy as np
import pytest

from tf_rloss import evaluation

VOID = 255


def brute_near_borders(mask, width):
    """Looks at every pair of neighbours and every pixel."""
    height, length = mask.shape
    border = set()
    for y in range(height):
        for x in range(length):
            for other in ((y, x + 1), (y + 1, x)):
                if (
                    other[0] < height
                    and other[1] < length
                    and mask[other] != mask[y, x]
                ):
                    border |= {(y, x), other}
    kept = np.full_like(mask, VOID)
    for y in range(height):
        for x in range(length):
            if any(np.hypot(y - b, x - a) + 1 <= width for b, a in border):
                kept[y, x] = mask[y, x]
    return kept


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (11, 7), (16, 16)])
def test_a_trimap_keeps_the_pixels_near_a_change_of_label(shape, width):
    rng = np.random.default_rng(0)
    mask = np.kron(rng.integers(0, 3, (4, 4)), np.ones((4, 4)))[: shape[0], : shape[1]]
    mask = mask.astype(np.uint8)
    mask[: shape[0] // 3, : shape[1] // 3] = VOID
    expected = brute_near_borders(mask, width)
    found = evaluation.near_borders(mask, width)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.uint8


def test_a_mask_of_one_class_has_no_border():
    assert (evaluation.near_borders(np.ones((5, 6), np.uint8), 3) == VOID).all()


@pytest.mark.parametrize("width", [0, -1, 1.5, True])
def test_a_width_below_one_is_refused(width):
    with pytest.raises(ValueError, match="`width` must be an integer"):
        evaluation.near_borders(np.zeros((2, 2), np.uint8), width)


def test_void_gets_the_nearest_label():
    mask = np.array([[1, VOID, VOID, VOID, 2], [1, 1, VOID, 2, 2]], np.uint8)
    filled = evaluation.fill_void(mask)
    labelled = mask != VOID
    np.testing.assert_array_equal(filled[labelled], mask[labelled])
    assert filled[0, 1] == 1 and filled[0, 3] == 2 and VOID not in filled


def test_a_mask_without_labels_stays_as_it_is():
    mask = np.full((3, 4), VOID, np.uint8)
    np.testing.assert_array_equal(evaluation.fill_void(mask), mask)
