"""Tests of runs as data: their order, and the commands that they make."""

import shlex

import pytest

from trainers.methods.regularizers import REGULARIZERS
from trainers.paper.runs import Run, command, in_order
from trainers.paper.study import Setting
from trainers.paper.trainings import (
    FULL,
    GRABCUT,
    PCE,
    crf_as_rnn,
    regularized,
    scribblesup,
)

SETTING = Setting({}, {})


def test_the_first_phase_is_shared_by_all_scribble_methods():
    keys = [run.key for run in in_order([PCE, regularized("crf", SETTING), FULL])]
    assert keys == ["pce_phase1", "pce", "crf", "full"]


def test_every_run_comes_after_those_that_it_needs():
    runs = [PCE, FULL, crf_as_rnn({}), GRABCUT, scribblesup()]
    runs += [regularized(name, SETTING) for name in REGULARIZERS]
    done = set()
    for run in in_order(list(reversed(runs))):
        assert {needed.key for needed in run.needs} <= done
        done.add(run.key)
    assert {run.key for run in runs} <= done


def test_a_round_of_scribblesup_starts_from_the_network_that_makes_its_proposals():
    last = scribblesup(epochs=10)
    second = last.init_from
    assert last.uses == {"proposals_from": (second, "")}
    assert second.uses == {"proposals_from": (second.init_from, "")}
    assert second.init_from.uses == {}
    # Both rounds after the first together take as many steps as others in phase 2.
    assert [run.flags["phase2_epochs"] for run in in_order([last])] == [0, 5, 5]


@pytest.mark.parametrize(
    "value, argument",
    [
        (True, "--x"),
        (False, "--nox"),
        (None, "--x=none"),
        (1e-8, "--x=1e-08"),
        (0.1, "--x=0.1"),
        ((32, 48), "--x=32,48"),
        ((0.5, 1.0), "--x=0.5,1.0"),
        (("a b", "c"), "--x=a b,c"),
        ("runs/my network", "--x=runs/my network"),
    ],
)
def test_a_command_is_a_line_for_the_shell(value, argument):
    line = command("scribble", {"x": value})
    assert shlex.split(line) == ["python", "-m", "trainers.scribble", argument]


def test_runs_of_one_name_are_the_same_run():
    again = Run(PCE.key, PCE.program, PCE.flags, PCE.init_from, goes_on=True)
    assert in_order([PCE, again]) == [PCE.init_from, PCE]
