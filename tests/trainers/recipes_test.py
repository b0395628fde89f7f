"""Tests of trainers/recipes.py and of the flags that settings are read from."""

import pytest
import tensorflow as tf
import toys
from absl import flags
from trainers.config import RunConfig
from trainers.recipes import Regularizer, scribble_recipe
from trainers.training_step import term_weight

from tf_rloss import losses
from trainers import common_flags, defaults
from trainers.errors import UserError


def parse(*arguments):
    values = flags.FlagValues()
    common_flags.define_regularizer(values)
    common_flags.define_phase(values, "phase1", "the first phase")
    common_flags.define_phase(values, "phase2", "the second phase")
    common_flags.define_training(values)
    common_flags.define_single_run(values)
    values(["program", *arguments])
    return values


def config(*arguments, phase="phase1", **fields):
    return RunConfig.from_flags(parse(*arguments), phase, output_dir="out", **fields)


def test_bandwidth_is_in_proportion_to_the_crop():
    assert Regularizer("crf").resolve(513).sigma_xy == pytest.approx(100.0)
    assert Regularizer("crf").resolve(96).sigma_xy == pytest.approx(100 * 96 / 513)
    assert Regularizer("crf", sigma_xy=7.0).resolve(96).sigma_xy == 7.0


@pytest.mark.parametrize(
    "name, kind",
    [
        ("ncut", losses.NormalizedCutLoss),
        ("crf", losses.DenseCRFLoss),
        ("kernelcut", losses.KernelCutLoss),
    ],
)
def test_each_regularizer_has_its_loss_and_is_ramped(name, kind):
    recipe = scribble_recipe(Regularizer(name, weight=0.2, sigma_rgb=9.0), 96)
    assert isinstance(recipe.losses["image"], kind)
    assert recipe.losses["image"].get_config()["sigma_rgb"] == 9.0
    assert recipe.loss_weights == {"scribble": 1.0, "image": 0.2}
    assert recipe.ramped == ("image",)
    assert recipe.flags["regularizer"] == name


@pytest.mark.parametrize("name", ["ncut", "crf", "kernelcut"])
def test_lattices_are_equalized_when_asked_for(name):
    asked = Regularizer(name, equalized=True, log_crf_energy=True)
    recipe = scribble_recipe(asked, 96)
    assert recipe.losses["image"].get_config()["equalized"] is True
    assert recipe.energies["crf_energy"].get_config()["equalized"] is True
    assert recipe.flags["equalized"] is True
    usual = scribble_recipe(Regularizer(name), 96)
    assert usual.losses["image"].get_config()["equalized"] is False


def test_adm_reads_image_and_scribble_and_has_the_kernel_of_the_crf_loss():
    recipe = scribble_recipe(Regularizer("adm", adm_weight=4.0), 513)
    assert recipe.targets == ("scribble", "scribbled_image")
    assert recipe.ramped == ("scribbled_image",)
    assert recipe.flags["adm_weight"] == 4.0
    options = recipe.losses["scribbled_image"].get_config()
    assert options["bilateral_weight"] == 4.0 and options["spatial_weight"] == 0.0
    crf = scribble_recipe(Regularizer("crf"), 513).losses["image"].get_config()
    for name in ("sigma_xy", "sigma_rgb"):
        assert options[name] == crf[name]


@pytest.mark.parametrize("name", ["none", "adm", "crf", "kernelcut"])
def test_energy_is_monitored_whatever_is_minimized(name):
    plain = scribble_recipe(Regularizer(name), 513)
    logged = scribble_recipe(Regularizer(name, log_crf_energy=True), 513)
    assert not plain.monitors and logged.losses.keys() == plain.losses.keys()
    assert logged.target("crf_energy") == "image" and "image" in logged.targets
    options = logged.energies["crf_energy"].get_config()
    assert (options["sigma_xy"], options["normalization"]) == (100.0, "affinity")


def test_without_regularizer_there_is_one_term():
    recipe = scribble_recipe(Regularizer("none"), 96, labels="mask")
    assert recipe.targets == ("mask",)
    assert recipe.label_target == "mask"


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
    assert scratch.epochs == defaults.FROM_SCRATCH.phase1.epochs
    assert scratch.optimizer == "adam"
    assert pretrained.optimizer == "sgd"
    assert pretrained.head_lr_multiplier == 10.0
    phase2 = config(phase="phase2")
    assert phase2.learning_rate == defaults.FROM_SCRATCH.phase2.learning_rate


def test_flags_win_over_defaults_and_fields_over_flags():
    run = config("--phase1_epochs=3", "--crop_size=24,32", "--seed=4", seed=9)
    assert run.epochs == 3
    assert run.crop_size == (24, 32)
    assert run.seed == 9
    assert config("--weight_decay=0", "--weights=imagenet").weight_decay == 0.0
    assert run.flag_of("epochs") == "--phase1_epochs"
    assert run.flag_of("seed") == "--seed"


def test_a_field_that_makes_no_sense_is_the_users_mistake():
    with pytest.raises(UserError, match="`scale_range`"):
        config("--scale_range=1.4,1.0")


def test_what_depends_on_the_data_is_derived_from_it():
    run = toys.make_config("unused").resolve(toys.make_source(10))
    assert run.crop_size == (16, 16)
    assert run.steps_per_epoch == 2  # 10 images in batches of 4
    assert toys.make_config("unused").resolve(toys.make_source(1)).steps_per_epoch == 1
