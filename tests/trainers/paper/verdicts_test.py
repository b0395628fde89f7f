"""Tests of the verdicts on what the paper claims."""

import math

import pytest

from trainers.paper.verdicts import difference, half_width, verdicts

LARGER = {0: 65.0, 1: 64.0, 2: 66.0}


def test_a_claim_is_judged_seed_by_seed():
    """Protects: a verdict needs the interval of paired differences above or below 0."""
    # Student's t of 2 degrees of freedom, 4.30, times 1.0 / sqrt(3).
    held = difference("CRF above pCE", LARGER, {0: 60.0, 1: 60.0, 2: 60.0})
    assert held == "- CRF above pCE: +5.00 ± 2.48, above in 3 of 3 seeds: holds"
    close = difference("KC at least CRF", LARGER, {0: 66.0, 1: 63.0, 2: 66.5})
    assert close.endswith("above in 1 of 3 seeds: cannot be told")
    failed = difference("pCE above CRF", {0: 60.0, 1: 60.0, 2: 60.0}, LARGER)
    assert failed.endswith("-5.00 ± 2.48, above in 0 of 3 seeds: does not hold")
    assert difference("x", {}, LARGER) == "- x: not measured"


def test_a_mean_above_zero_is_not_enough():
    """Protects: gains of 1, 0.2 and 2 points in three seeds decide nothing."""
    line = difference(
        "CRF above pCE", {0: 1.0, 1: 0.2, 2: 2.0}, dict.fromkeys(LARGER, 0.0)
    )
    assert line.endswith("above in 3 of 3 seeds: cannot be told")


def test_one_seed_decides_nothing():
    line = difference("pCE above CRF", {0: 60.0}, LARGER)
    assert line == "- pCE above CRF: -5.00, one seed: cannot be told"
    assert half_width([1.0]) is None


def test_seeds_that_only_one_side_has_are_left_out():
    line = difference("x", {0: 2.0, 7: 90.0}, {0: 1.0, 8: -90.0})
    assert line.startswith("- x: +1.00, one seed")


def test_small_figures_have_more_digits():
    line = difference("losses", {0: 0.0123, 1: 0.0125}, {0: 0.0, 1: 0.0})
    assert line.startswith("- losses: +0.0124 ± 0.0013")


def test_the_interval_covers_the_mean_as_often_as_it_says():
    """Student's t times the deviation, over the root of the number of values."""
    assert half_width([0.0, 2.0]) == pytest.approx(12.706, rel=1e-3)
    many = [(-1.0) ** n for n in range(100)]
    assert half_width(many) == pytest.approx(1.984 * math.sqrt(100 / 99) / 10, rel=1e-3)


def test_a_note_lists_the_verdicts():
    note = verdicts(["- a: holds", "- b: cannot be told"])
    assert note.splitlines()[-2:] == ["- a: holds", "- b: cannot be told"]
    assert "95 % interval" in note
