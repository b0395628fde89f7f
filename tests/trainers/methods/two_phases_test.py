"""Tests of trainers/methods/two_phases.py."""

import pytest

from trainers.errors import UserError
from trainers.methods.two_phases import train_in_phases

PHASE1 = ("phase1", False, "out/phase1", None)
PHASE2 = ("phase2", True, "out", "out/phase1")
ONLY = ("phase1", False, "out", None)


def phases(second=True, second_alone=False, **given):
    """The phases that are run, and the last of them, which is the result."""
    done = []

    def run(phase, regularized, *, output_dir, init_from):
        done.append((phase, regularized, output_dir, init_from))
        return done[-1]

    result = train_in_phases(
        run, {"output_dir": "out"} | given, second=second, second_alone=second_alone
    )
    assert result == done[-1]
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
