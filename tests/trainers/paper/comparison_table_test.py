"""Tests of the table that a comparison leaves, and of its rows."""

import csv
import io

import pytest
import tiny_run

from trainers import compare
from trainers.errors import UserError
from trainers.options import build
from trainers.paper.comparison_table import (
    Row,
    best_weakly_supervised,
    format_csv,
    format_markdown,
    gap_recovered,
)
from trainers.paper.options import CompareOptions

ROWS = [
    Row("pce", {0: 0.60, 1: 0.70}, 2.0),
    Row("crf", {0: 0.70, 1: 0.72}, 3.0),
    Row("full", {0: 0.80, 1: 0.80}, 2.0),
]


def test_the_gap_is_recovered_seed_by_seed():
    # 0.1 of 0.2 and 0.02 of 0.1.
    assert gap_recovered(ROWS[1], ROWS) == pytest.approx((0.5 + 0.2) / 2)
    assert gap_recovered(ROWS[0], ROWS) == 0.0
    assert gap_recovered(ROWS[2], ROWS) == 1.0


def test_without_full_masks_there_is_no_gap():
    assert gap_recovered(ROWS[1], ROWS[:2]) is None


def test_mean_and_spread_are_over_seeds():
    assert ROWS[0].mean == pytest.approx(0.65)
    assert ROWS[0].spread == pytest.approx(0.1 / 2**0.5)
    assert Row("pce", {0: 0.6}, 2.0).spread is None


def test_the_markdown_table_has_a_line_per_method():
    lines = format_markdown(ROWS, "A note.").splitlines()
    assert lines[0].startswith("| method ")
    assert "| 0.7100 | 0.0141 | 35 % " in lines[3]
    assert len({len(line) for line in lines[:5]}) == 1
    assert lines[-1] == "A note."


def test_the_csv_has_a_line_per_method_and_seed():
    rows = list(csv.DictReader(io.StringIO(format_csv(ROWS))))
    assert len(rows) == 6
    assert rows[2]["method"] == "crf"
    assert float(rows[2]["mean_iou"]) == 0.70
    assert float(rows[2]["gap_recovered"]) == pytest.approx(0.5)


def test_full_masks_are_not_the_best_of_the_scribbles():
    assert best_weakly_supervised(ROWS) == ("crf", 1)
    assert best_weakly_supervised(ROWS[2:]) == ("full", 0)


def test_rows_come_in_the_order_of_the_table_and_seeds_once():
    options = build(CompareOptions, {"methods": ("full", "pce"), "seeds": (1, 0, 1)})
    assert options.methods == ("pce", "full")
    assert options.seeds == (1, 0)


def test_wrong_rows_and_seeds_are_refused(tmp_path):
    with pytest.raises(UserError, match="--methods must be some of"):
        build(CompareOptions, {"methods": ("pce", "krf")})
    result = tiny_run.call(compare, seeds="0,x", output_dir=tmp_path)
    tiny_run.assert_one_line(result, "--seeds", "one or more whole numbers", "0,x")
