"""Tests of trainers/methods/two_phases.py."""

import pathlib

import pytest

from trainers.engine.result import Result
from trainers.errors import UserError
from trainers.methods.two_phases import train_in_phases

PHASE1 = ("phase1", False, "out/phase1", None)
PHASE2 = ("phase2", True, "out", "out/phase1")
ONLY = ("phase1", False, "out", None)


def finished(folder, best):
    """The result of a phase whose best mIoU is `best`."""
    scores = None if best is None else {"mean_iou": best}
    files = [pathlib.Path(folder, f"{name}.keras") for name in ("last", "best")]
    return Result({"best": scores}, [], *files)


def phases(second=True, second_alone=False, **given):
    """The phases that are run, and the last of them, which is the result."""
    done = []

    def run(phase, regularized, *, output_dir, init_from):
        done.append((phase, regularized, output_dir, init_from))
        return finished(output_dir, None)

    result = train_in_phases(
        run, {"output_dir": "out"} | given, second=second, second_alone=second_alone
    )
    assert result == finished(done[-1][2], None)
    return done


def test_phase_2_goes_on_from_the_weights_of_phase_1():
    assert phases() == [PHASE1, PHASE2]


def test_the_only_phase_has_the_folder_to_itself():
    assert phases(second=False) == [ONLY]
    assert phases(phase2_epochs=0) == [ONLY]
    assert phases(second_alone=True, phase2_epochs=0) == [ONLY]


def test_given_weights_leave_out_phase_1():
    for second in (True, False):
        found = phases(second=second, init_from="weights.keras")
        assert found == [("phase2", True, "out", "weights.keras")]


def test_phase_2_may_start_from_the_weights_of_the_network():
    assert phases(second_alone=True) == [("phase2", True, "out", None)]


def test_both_phases_cannot_be_left_out():
    with pytest.raises(UserError, match="--init_from leaves out phase 1 and"):
        phases(init_from="weights.keras", phase2_epochs=0)


@pytest.mark.parametrize(("scores", "noted"), [((0.6, 0.5), 1), ((0.5, 0.6), 0)])
def test_a_phase_1_that_was_better_is_named(scores, noted, capsys):
    """Protects: best.keras of phase 2 was taken for the best of both."""
    left = iter(scores)

    def run(phase, regularized, *, output_dir, init_from):
        return finished(output_dir, next(left))

    train_in_phases(run, {"output_dir": "out"})
    out = capsys.readouterr().out
    assert out.count("0.6000 in phase 1 (out/phase1/best.keras), 0.5000") == noted
    assert bool(out) == bool(noted)
