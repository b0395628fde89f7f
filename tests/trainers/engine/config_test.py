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


PUBLISHED = {"phase1_epochs": 9, "batch_size": 20, "scales": (0.5, 1.0), "flip": False}


def test_a_published_training_lies_between_defaults_and_flags():
    run = config("--batch_size=4", published=PUBLISHED)
    assert (run.epochs, run.batch_size, run.flip) == (9, 4, False)
    assert run.scales == (0.5, 1.0)
    assert run.learning_rate == defaults.FROM_SCRATCH["phase1_learning_rate"]
    assert config(published=PUBLISHED, phase="phase2").epochs == 10  # its own flag


def test_a_given_range_of_zooms_goes_before_published_zooms():
    ranged = config("--scale_range=1,2", published=PUBLISHED)
    assert (ranged.scales, ranged.scale_range) == (None, (1.0, 2.0))
    both = config("--scale_range=1,2", "--scales=3", published=PUBLISHED)
    assert both.scales == (3.0,)


def test_no_weights_may_be_given_in_place_of_published_ones():
    published = {"weights": "imagenet", "optimizer": "sgd"}
    run = config("--weights=none", published=published)
    assert (run.weights, run.optimizer) == (None, "sgd")
    assert run.weight_decay == defaults.FROM_SCRATCH["weight_decay"]


@pytest.mark.parametrize(
    "name", ["batch_size", "epochs", "learning_rate", "checkpoint_every"]
)
def test_what_is_counted_is_above_zero(name):
    with pytest.raises(ValueError, match=f"`{name}` must be above 0. Received"):
        toys.make_config("unused", **{name: 0})


def test_what_alters_no_result_is_not_described():
    described = toys.make_config("unused", strategy="mirrored").described
    hidden = {"output_dir", "strategy", "checkpoint_every", "tensorboard", "phase"}
    assert not hidden & set(described)
    assert {"seed", "epochs", "weights", "labelled_per_batch"} <= set(described)


def test_class_weights_of_another_number_than_the_classes_are_refused():
    source = toys.make_source()
    weighted = config(class_weights=(1.0,) * (source.num_classes + 1))
    with pytest.raises(UserError, match="--class_weights must be"):
        weighted.resolve(source)
