"""Tests of trainers/options.py."""

import dataclasses

import pytest

from trainers.errors import UserError
from trainers.options import as_flags, build, flag_of, flags_of, option


@dataclasses.dataclass(frozen=True)
class Walk:
    """Options of every kind that `option` makes, and a field without a flag."""

    steps: int = option(3, "Steps.", at_least=1)
    speed: float | None = option(None, "Speed.", flag="walk_speed")
    rest: int = option(2, "Rests.", per_phase=True)
    dog: str = "none"

    def __post_init__(self):
        if self.steps < 1:
            raise ValueError(f"`steps` must be at least 1. Received: {self.steps}")


def test_defaults_stand_where_no_layer_has_a_value():
    assert build(Walk) == Walk(steps=3, speed=None, rest=2, dog="none")


def test_the_last_layer_is_on_top_and_fields_are_above_it():
    layers = {"steps": 4, "walk_speed": 1.0}, {"steps": 5}
    assert build(Walk, *layers) == Walk(steps=5, speed=1.0)
    assert build(Walk, *layers, steps=6, dog="Laika") == Walk(6, 1.0, 2, "Laika")


def test_a_layer_may_set_a_value_back_to_none():
    assert build(Walk, {"walk_speed": 2.0}, {"walk_speed": None}).speed is None


def test_flags_of_other_options_are_left_alone():
    assert build(Walk, {"gamma": 0.1, "output_dir": "x"}) == Walk()


def test_a_field_goes_by_its_flag_and_one_without_help_by_no_flag():
    assert list(flags_of(Walk)) == ["steps", "walk_speed", "rest"]
    assert build(Walk, {"speed": 9.0, "dog": "Laika"}) == Walk()


def test_each_phase_has_its_own_flag():
    assert list(flags_of(Walk, "phase1")) == ["steps", "walk_speed", "phase1_rest"]
    given = {"phase1_rest": 7, "phase2_rest": 8, "steps": 4}
    assert build(Walk, given, of_phase="phase1") == Walk(steps=4, rest=7)
    assert build(Walk, given, of_phase="phase2") == Walk(steps=4, rest=8)
    assert build(Walk, given) == Walk(steps=4)


def test_the_name_of_a_flag_is_that_of_the_field_unless_it_has_its_own():
    steps, speed, rest, _ = dataclasses.fields(Walk)
    assert [flag_of(field) for field in (steps, speed, rest)] == [
        "steps",
        "walk_speed",
        "rest",
    ]
    assert flag_of(rest, "phase2") == "phase2_rest"
    assert flag_of(speed, "phase2") == "walk_speed"


@pytest.mark.parametrize("phase", ["", "phase1"])
def test_options_become_flags_and_flags_options(phase):
    walk = Walk(steps=9, speed=0.5, rest=1)
    flags = as_flags(walk, phase)
    assert flags == {"steps": 9, "walk_speed": 0.5, f"{phase and 'phase1_'}rest": 1}
    assert build(Walk, flags, of_phase=phase) == walk


def test_a_value_out_of_range_is_the_users_mistake():
    with pytest.raises(UserError, match=r"`steps` must be at least 1\. Received: 0"):
        build(Walk, {"steps": 0})


def test_a_field_that_does_not_exist_is_a_fault_of_the_program():
    with pytest.raises(TypeError, match="leash"):
        build(Walk, leash=2)
