"""Tests of trainers/engine/schedules.py."""

import dataclasses
import math

import pytest
import toys

from trainers.engine.schedules import make_schedule

CONFIG = toys.make_config(
    "unused",
    epochs=10,
    steps_per_epoch=10,
    learning_rate=0.1,
    final_learning_rate=0.001,
    step_epochs=4,
    step_factor=0.5,
    poly_power=0.9,
)


def rates(name, steps, multiplier=1.0):
    schedule = make_schedule(dataclasses.replace(CONFIG, schedule=name), multiplier)
    return [float(schedule(step)) for step in steps]


def test_cosine_falls_from_first_to_last_rate():
    middle = 0.001 + 0.099 * (1 + math.cos(math.pi * 0.25)) / 2
    assert rates("cosine", (0, 25, 100)) == pytest.approx([0.1, middle, 0.001])


def test_poly_falls_by_its_power():
    middle = 0.001 + 0.099 * 0.75**0.9
    assert rates("poly", (0, 25, 100)) == pytest.approx([0.1, middle, 0.001])


def test_step_drops_after_whole_epochs():
    assert rates("step", (0, 39, 40, 79, 80)) == pytest.approx(
        [0.1, 0.1, 0.05, 0.05, 0.025]
    )


@pytest.mark.parametrize("name", ["cosine", "poly", "step"])
def test_a_multiplier_scales_the_whole_schedule(name):
    one, ten = rates(name, (0, 30, 99)), rates(name, (0, 30, 99), 10.0)
    assert ten == pytest.approx([10 * rate for rate in one], rel=1e-5)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="`schedule` must be one of"):
        rates("linear", (0,))
