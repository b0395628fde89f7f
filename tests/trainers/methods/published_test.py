"""Tests of the published trainings: their settings, and who learns how fast."""

import json
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from recipe_flags import (
    SMALL,
    VGG_NETWORKS,
    config,
    make_config,
    make_networks_narrow,
    parse,
    published_recipe,
)

from tf_rloss import losses, models
from tf_rloss.data.synthetic_scenes.source import CLASS_NAMES
from trainers import scribble
from trainers.engine.optimizers import OptimizerGroups
from trainers.errors import UserError
from trainers.methods import scribbles
from trainers.methods.published import PUBLISHED


@pytest.fixture
def build_narrow(monkeypatch):
    return make_networks_narrow(monkeypatch)


# Recipe and phase: images per step, schedule, learning rates at some steps.
SCHEDULES = {
    ("deeplab_largefov", "phase1"): (20, 9000, {0: 1e-3, 3000: 1e-4, 8999: 1e-5}),
    ("deeplab_largefov", "phase2"): (20, 9000, {0: 1e-4, 3000: 1e-5, 8999: 1e-6}),
    ("deeplab_msc_largefov", "phase1"): (30, 6000, {0: 1e-3, 2000: 1e-4, 5999: 1e-5}),
    ("deeplab_msc_largefov", "phase2"): (30, 9000, {0: 1e-3, 3000: 1e-4, 8999: 1e-5}),
    ("deeplab_vgg16", "phase1"): (10, 20000, {0: 1e-3, 10000: 1e-3 * 0.5**0.9}),
    ("deeplab_vgg16", "phase2"): (10, 10000, {0: 5e-4, 5000: 5e-4 * 0.5**0.9}),
    ("deeplab_resnet101", "phase1"): (1, 20000, {0: 2.5e-4, 10000: 2.5e-4 * 0.5**0.9}),
    ("deeplab_resnet101", "phase2"): (1, 10000, {0: 1.5e-4, 5000: 1.5e-4 * 0.5**0.9}),
}


@pytest.mark.parametrize("recipe, phase", SCHEDULES, ids=str)
def test_schedule_is_the_published_one(recipe, phase):
    batch_size, steps, rates = SCHEDULES[recipe, phase]
    settings = config(recipe, phase)
    assert settings.model == recipe
    assert settings.batch_size == batch_size
    assert settings.crop_size == (321, 321)
    assert settings.total_steps == steps
    assert settings.ema_decay == settings.ramp_epochs == settings.color_jitter == 0
    variable = keras.Variable([1.0], name="kernel")
    groups = OptimizerGroups([variable], settings, lambda _: 1.0)
    ((optimizer, _),) = groups._groups
    for step, rate in rates.items():
        optimizer.iterations.assign(step)
        assert groups.learning_rate == pytest.approx(rate, rel=1e-5)


def test_step_is_that_of_caffe():
    """Momentum, and decay by the gradient: as Caffe's solver adds them."""
    settings = config("deeplab_largefov", "phase1")
    rate, decay, start = 1e-3, 5e-4, 3.0
    variable = keras.Variable([start], name="kernel")
    groups = OptimizerGroups([variable], settings, lambda _: 1.0)
    wanted, velocity, steps = start, 0.0, 200
    for _ in range(steps):
        velocity = 0.9 * velocity + rate * (0.1 + decay * wanted)
        wanted -= velocity
        groups.apply([tf.constant([0.1])])
    # Decay reaches Caffe's weights ten steps later: ten steps of it, of 200.
    total = start - wanted
    late = 10 * 10 * rate * decay * start
    assert abs(float(variable[0]) - wanted) < 1.1 * late < 0.01 * total


@pytest.mark.parametrize("recipe", [*VGG_NETWORKS, "deeplab_resnet101"])
def test_learning_rates_are_multiplied_as_published(recipe, build_narrow):
    segmenter = build_narrow(recipe, 3)
    for variable in segmenter.trainable_variables:
        layer, name = variable.path.split("/")[-2:]
        expected = 2.0 if name == "bias" else 1.0
        if layer.startswith("head_logits"):
            expected *= 10.0
        elif name == "bias" and recipe == "deeplab_resnet101":
            expected = 0.0  # Caffe's have none.
        if recipe == "deeplab_msc_largefov" and not layer.startswith("branch_"):
            expected = 0.0
        assert PUBLISHED[recipe].lr_multiplier(variable) == expected, variable.path


def test_frozen_layers_keep_their_weights():
    keras.utils.set_random_seed(0)
    segmenter = models.DeepLabMScLargeFOV(3, width=2)
    settings = config("deeplab_msc_largefov", "phase1")
    multiplier = PUBLISHED["deeplab_msc_largefov"].lr_multiplier
    variables = segmenter.trainable_variables
    groups = OptimizerGroups(variables, settings, multiplier)
    before = [variable.numpy() for variable in variables]
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(segmenter(tf.ones((1, 33, 33, 3)), training=True)[..., 0])
    groups.apply(tape.gradient(score, groups.trainable))
    for variable, old in zip(variables, before, strict=True):
        if not variable.path.startswith("branch_"):
            np.testing.assert_array_equal(variable, old)
    assert {v.path.split("/")[0][:7] for v in groups.trainable} == {"branch_"}


def test_losses_are_those_of_the_caffe_files():
    recipe = published_recipe("deeplab_vgg16", 321, regularizer="crf")
    labels = recipe.losses["scribble"].get_config()
    assert labels["stride"] == 8 and labels["normalize_by"] == "batch"
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"]) == (100.0, 15.0)
    assert crf["normalization"] == "none"
    assert recipe.loss_weights == {"scribble": 1.0, "image": 1e-8}
    assert recipe.flags["recipe"] == "deeplab_vgg16"


def test_crf_of_a_given_weight_and_other_regularizers_are_ours():
    name, crop = "deeplab_vgg16", 321
    weighted = published_recipe(name, crop, regularizer="crf", regularizer_weight=0.5)
    assert weighted.losses["image"].get_config()["normalization"] == "affinity"
    assert weighted.loss_weights["image"] == 0.5
    kernelcut = published_recipe(name, crop, regularizer="kernelcut")
    assert isinstance(kernelcut.losses["image"], losses.KernelCutLoss)
    assert kernelcut.losses["image"].get_config()["sigma_xy"] == 100.0
    alone = published_recipe(name, crop, regularizer="none")
    assert alone.targets == ("scribble",)


def test_command_line_goes_before_the_recipe():
    settings = config(
        "deeplab_largefov", "phase1", "--batch_size=4", "--phase1_epochs=2"
    )
    assert (settings.batch_size, settings.epochs) == (4, 2)
    assert settings.weights == "file.keras"
    assert settings.learning_rate == 1e-3


def test_weights_are_those_of_imagenet_unless_given():
    settings = make_config(parse("--recipe=deeplab_vgg16"), "phase1")
    assert settings.weights == "imagenet"


def test_branches_alone_need_weights():
    with pytest.raises(UserError, match=r"give --weights=RUN/last\.keras"):
        make_config(parse("--recipe=deeplab_msc_largefov"), "phase1")


def test_both_phases_follow_the_recipe(monkeypatch, tmp_path):
    runs = {}

    def run(recipe, config, *sources, strategy, title):
        runs[title] = recipe, config
        return types.SimpleNamespace(metrics={})

    monkeypatch.setattr(scribbles, "run_engine", run)
    scribbles.train(
        parse("--recipe=deeplab_vgg16", f"--output_dir={tmp_path}", *SMALL), None
    )
    (first, before), (second, after) = runs["phase1"], runs["phase2"]
    assert first.targets == ("scribble",)
    assert second.targets == ("scribble", "image")
    assert second.flags["regularizer"] == "crf"
    assert first.flags["recipe"] == second.flags["recipe"] == "deeplab_vgg16"
    assert before.weights == "imagenet" and before.init_from is None
    assert after.init_from == before.output_dir


@pytest.mark.slow
@pytest.mark.usefixtures("build_narrow")
def test_branches_are_trained_on_a_largefov_without_a_first_phase(tmp_path):
    keras.utils.set_random_seed(1)
    largefov = models.DeepLabLargeFOV(len(CLASS_NAMES), width=2)
    largefov.save(tmp_path / "largefov.keras")
    folder = tmp_path / "run"
    given = parse(
        "--recipe=deeplab_msc_largefov",
        f"--weights={tmp_path / 'largefov.keras'}",
        f"--output_dir={folder}",
        *SMALL,
    )
    scribble.main(given)
    assert json.loads((folder / "metrics.json").read_text())["finished"]
    flags = json.loads((folder / "config.json").read_text())["flags"]
    assert flags["--regularizer"] == "crf"
    assert flags["--regularizer_weight"] == 1e-8
    assert flags["--init_from"] is None
    assert not (folder / "phase1").exists()
    trained = keras.saving.load_model(folder / "last.keras")
    for layer in largefov.layers:
        for name, weight in zip(("kernel", "bias"), layer.get_weights(), strict=False):
            received = getattr(trained.get_layer(layer.name), name)
            np.testing.assert_array_equal(received, weight)
