"""Tests of the order in which systems are trained."""

from trainers.reproduction.study import plan
from trainers.reproduction.systems import CRF, FULL, PCE, SYSTEMS


def test_the_first_phase_is_shared_by_all_scribble_methods():
    keys = [system.key for system in plan([PCE, CRF, FULL])]
    assert keys == ["pce_phase1", "pce", "crf", "full_phase1", "full"]


def test_every_system_comes_after_the_one_that_it_starts_from():
    done = set()
    for system in plan(list(reversed(SYSTEMS.values()))):
        assert system.after is None or system.after.key in done
        done.add(system.key)
    assert set(SYSTEMS) <= done
