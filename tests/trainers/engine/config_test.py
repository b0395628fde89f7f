"""Tests of trainers/engine/config.py, and of the layers of flags under a config."""

import pytest
import tensorflow as tf
import toys

from trainers import defaults
from trainers.command_line import groups
from trainers.command_line.flags import make_flags, read_given
from trainers.engine.config import RunConfig
from trainers.engine.step import term_weight
from trainers.errors import UserError


def given(*arguments):
    """What a command line gives, with the flags of a training in two phases."""
    flag_values = make_flags(
        *groups.two_phases("the first", "the second"),
        groups.TRAINING,
        groups.SINGLE_RUN,
    )
    flag_values(["program", *arguments])
    return read_given(flag_values)


def config(*arguments, phase="phase1", published=None, **fields):
    return RunConfig.layered(
        given(*arguments), phase, published, output_dir="out", **fields
    )


def test_a_ramped_weight_grows_linearly_to_its_value():
    recipe = toys.make_recipe()
    run = toys.make_config("unused", steps_per_epoch=4, ramp_epochs=2.0)
    weights = [
        float(term_weight(recipe, run, "image", tf.constant(step)))
        for step in (0, 3, 7, 20)
    ]
    assert weights == pytest.approx([0.5 / 8, 0.5 / 2, 0.5, 0.5])
    assert float(term_weight(recipe, run, "scribble", tf.constant(0))) == 1.0


def test_defaults_are_those_of_the_kind_of_weights():
    scratch, pretrained = config(), config("--weights=imagenet")
    assert scratch.epochs == defaults.FROM_SCRATCH["phase1_epochs"]
    assert scratch.optimizer == "adam"
    assert pretrained.optimizer == "sgd"
    assert pretrained.head_lr_multiplier == 10.0
    phase2 = config(phase="phase2")
    assert phase2.learning_rate == defaults.FROM_SCRATCH["phase2_learning_rate"]


def test_flags_win_over_defaults_and_fields_over_flags():
    run = config("--phase1_epochs=3", "--crop_size=24,32", "--seed=4", seed=9)
    assert run.epochs == 3
    assert run.crop_size == (24, 32)
    assert run.seed == 9
    assert config("--weight_decay=0", "--weights=imagenet").weight_decay == 0.0
    assert run.described["phase1_epochs"] == 3
    assert run.described["seed"] == 9


def test_a_field_that_makes_no_sense_is_the_users_mistake():
    with pytest.raises(UserError, match="`scale_range`"):
        config("--scale_range=1.4,1.0")


def test_what_depends_on_the_data_is_derived_from_it():
    run = toys.make_config("unused").resolve(toys.make_source(10))
    assert run.crop_size == (16, 16)
    assert run.steps_per_epoch == 2  # 10 images in batches of 4
    assert toys.make_config("unused").resolve(toys.make_source(1)).steps_per_epoch == 1
