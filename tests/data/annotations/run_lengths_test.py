"""Tests of the decoders of run-length codes."""

import numpy as np
import pytest

from tests.data.annotations.exports import brush_of, pack_brush, runs_of
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.run_lengths import (
    _uncompress,
    coco_size,
    decode_brush,
    decode_coco,
    decode_cvat,
)


def random_mask(seed, shape=(13, 17)):
    return np.random.default_rng(seed).random(shape) < 0.4


def test_brush_of_two_pixels_by_hand():
    # 8 values; words of 8 bits; widths 3, 4, 8, 16; a run of 4 zeros, one of 4 x 255
    code = [0, 0, 0, 8, 57, 27, 252, 96, 17, 255, 128]
    np.testing.assert_array_equal(decode_brush(code, (1, 2)), [[False, True]])


@pytest.mark.parametrize("seed", range(4))
def test_brush_gives_the_mask_that_was_packed(seed):
    mask = random_mask(seed)
    np.testing.assert_array_equal(decode_brush(brush_of(mask), mask.shape), mask)


def test_brush_with_runs_of_different_values_and_other_widths():
    values = np.random.default_rng(0).integers(0, 4, 4 * 30).astype(np.uint8)
    code = pack_brush(values, widths=(1, 2, 5, 7))
    alpha = values[3::4].reshape(5, 6)
    np.testing.assert_array_equal(decode_brush(code, (5, 6)), alpha > 0)


def test_brush_counts_every_alpha_above_zero_and_no_colour():
    values = np.array([9, 9, 9, 0, 0, 0, 0, 1, 0, 0, 0, 127], np.uint8)
    assert decode_brush(pack_brush(values), (1, 3)).tolist() == [[False, True, True]]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ([], "empty"),
        ([0, 0, 0], "ends too early"),
        ([255, 255, 255, 255, 57, 27, 252], "4294967295 values"),
        (brush_of(np.ones((2, 3), bool)), "24 values"),
        (brush_of(np.ones((2, 2), bool))[:8], "ends too early"),
        ("abc", "no list of bytes"),
        ([0, 0, 999], "no list of bytes"),
        ([0, 0, None], "no list of bytes"),
        (3, "ends too early"),
    ],
)
def test_wrong_brushes_are_refused(code, message):
    with pytest.raises(ShapeError, match=message):
        decode_brush(code, (2, 2))


def test_brush_with_a_run_beyond_its_end_is_refused():
    # 4 values are announced, and a run of 8 comes.
    bits = f"{4:032b}00111" + "0010" * 4 + "100111" + "1" * 8
    bits += "0" * (-len(bits) % 8)
    code = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    with pytest.raises(ShapeError, match="more values than it says"):
        decode_brush(code, (1, 1))


def test_cvat_runs_follow_rows_and_begin_with_background():
    mask = decode_cvat("3, 5, 7, 5", (2, 10))
    assert mask[0].tolist() == [False] * 3 + [True] * 5 + [False] * 2
    assert mask[1].tolist() == [False] * 5 + [True] * 5


@pytest.mark.parametrize("text", ["", "3, 5", "20, 1", "-1, 21", "a, b", "1e9, 3"])
def test_wrong_runs_of_cvat_are_refused(text):
    with pytest.raises(ShapeError, match="RLE"):
        decode_cvat(text, (2, 10))


@pytest.mark.parametrize("seed", range(3))
def test_coco_runs_follow_columns(seed):
    mask = random_mask(seed)
    np.testing.assert_array_equal(decode_coco(runs_of(mask, "F"), mask.shape), mask)


@pytest.mark.parametrize(
    ("text", "counts"),
    [("231N", [2, 3, 1, 1]), ("T3", [100]), ("5X15N2", [5, 40, 5, 38, 7])],
)
def test_compressed_counts_by_hand(text, counts):
    assert _uncompress(text) == counts


def test_compressed_runs_give_the_mask():
    # counts 2, 3, 1, 1 of a mask with 7 pixels in one column
    mask = decode_coco("231N", (7, 1))[:, 0]
    assert mask.tolist() == [False, False, True, True, True, False, True]


@pytest.mark.parametrize(
    "counts",
    [
        "",
        "2",
        "\x00",
        "T",
        "o" * 200,
        [1, "2"],
        [7.0],
        [True] * 7,
        [-1, 8],
        [1 << 70],
        3,
    ],
)
def test_wrong_counts_of_coco_are_refused(counts):
    with pytest.raises(ShapeError, match="RLE"):
        decode_coco(counts, (7, 1))


@pytest.mark.parametrize("size", [None, [3], [0, 3], ["a", 3], [1 << 20, 1 << 20]])
def test_wrong_sizes_of_coco_are_refused(size):
    with pytest.raises(ShapeError, match="size"):
        coco_size(size)
