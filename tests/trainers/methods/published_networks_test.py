"""Tests of the published trainings of DeepLab-ResNet101 and DeepLabV3+."""

import keras
import numpy as np
import pytest
from recipe_flags import (
    SMALL,
    config,
    make_networks_narrow,
    parse,
    published_recipe,
)

from tf_rloss import models
from tf_rloss.data.synthetic_scenes.source import CLASS_NAMES
from trainers import scribble
from trainers.engine.batches import make_augmentation
from trainers.engine.optimizers import OptimizerGroups
from trainers.methods.published import PUBLISHED


@pytest.fixture
def build_narrow(monkeypatch):
    return make_networks_narrow(monkeypatch)


def test_batches_of_resnet101_are_single_images_of_five_scales():
    settings = config("deeplab_resnet101", "phase1")
    assert settings.accumulate_steps == 10
    assert make_augmentation(settings).scales == (0.5, 0.75, 1.0, 1.25, 1.5)
    ranged = config("deeplab_resnet101", "phase1", "--scale_range=1,2")
    assert make_augmentation(ranged).scales is None
    chosen = config("deeplab_resnet101", "phase1", "--scales=1,2,3")
    assert chosen.scales == (1.0, 2.0, 3.0)
    assert config("deeplab_vgg16", "phase1").accumulate_steps == 1


@pytest.mark.parametrize("backbone", ["mobilenet_v2", "resnet101"])
@pytest.mark.parametrize("phase", ["phase1", "phase2"])
def test_schedule_of_deeplab_v3_plus_is_that_of_the_script(backbone, phase):
    settings = config(f"deeplab_v3_plus_{backbone}", phase)
    assert settings.model == f"deeplab_v3_plus_{backbone}"
    assert (settings.batch_size, settings.epochs) == (12, 60)
    assert settings.crop_size == (513, 513)
    assert settings.steps_per_epoch is None  # each image once
    assert settings.schedule == "poly" and settings.poly_power == 0.9
    assert (settings.learning_rate, settings.final_learning_rate) == (7e-3, 0.0)
    assert settings.weight_decay * (1 - settings.momentum) == pytest.approx(5e-4)
    # Of an image whose shorter side is 375 pixels.
    shorter = [375 * zoom for zoom in settings.scale_range]
    assert shorter == pytest.approx([513 / 2, 513 * 2])


def test_kernels_of_resnet101_and_its_head_are_all_that_moves(build_narrow):
    segmenter = build_narrow("deeplab_resnet101", 3)
    groups = OptimizerGroups(
        segmenter.trainable_variables,
        config("deeplab_resnet101", "phase1"),
        PUBLISHED["deeplab_resnet101"].lr_multiplier,
    )
    moving = {variable.path for variable in groups.trainable}
    heads = {
        f"head_logits_{n}/{name}" for n in (1, 2, 3, 4) for name in ("kernel", "bias")
    }
    assert heads <= moving
    assert all(path.endswith("_conv/kernel") for path in moving - heads)
    convs = [x for x in segmenter.get_layer("backbone").layers if "_conv" in x.name]
    assert len(moving - heads) == len(convs)


def test_head_of_deeplab_v3_plus_learns_ten_times_faster(build_narrow):
    name = "deeplab_v3_plus_resnet101"
    factors = {"backbone": set(), "head": set()}
    segmenter = build_narrow(name, 3)
    backbone = {id(v) for v in segmenter.get_layer("backbone").trainable_variables}
    for variable in segmenter.trainable_variables:
        part = "backbone" if id(variable) in backbone else "head"
        factors[part].add(PUBLISHED[name].lr_multiplier(variable))
    assert factors == {"backbone": {1.0}, "head": {10.0}}


def test_every_scale_of_resnet101_has_a_cross_entropy():
    name = "deeplab_resnet101"
    recipe = published_recipe(name, 321, regularizer="crf")
    strides = {"scribble": 8, "x1": 8, "x0.75": 8, "x0.5": 16}
    for term, stride in strides.items():
        labels = recipe.losses[term].get_config()
        assert (labels["stride"], labels["normalize_by"]) == (stride, "batch")
        assert recipe.target(term) == "scribble"
        assert recipe.output(term) == ("probs" if term == "scribble" else term)
        assert recipe.loss_weights[term] == 1.0
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"]) == (80.0, 13.0)
    assert recipe.output("image") == "probs" and recipe.loss_weights["image"] == 1e-8
    assert recipe.targets == ("scribble", "image")
    masks = published_recipe(name, 321, "mask", regularizer="none")
    assert masks.targets == ("mask",) and len(masks.losses) == 4


def test_losses_of_deeplab_v3_plus_are_those_of_the_script():
    name = "deeplab_v3_plus_mobilenet_v2"
    recipe = published_recipe(name, 513, regularizer="crf")
    assert recipe.losses["scribble"].get_config()["stride"] == 1
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"], crf["scale"]) == (100.0, 15.0, 0.5)
    assert crf["normalization"] == "none"
    # Their cross-entropy is divided by the size of the batch once more.
    assert recipe.loss_weights == {"scribble": 1 / 12, "image": 2e-9}
    ours = published_recipe(name, 513, regularizer="kernelcut", regularizer_weight=3.0)
    ratio = ours.loss_weights["image"] / ours.loss_weights["scribble"]
    assert ratio == pytest.approx(3.0)


def test_given_bandwidths_go_before_the_published_ones():
    given = parse("--recipe=deeplab_resnet101", "--regularizer=crf", "--sigma_rgb=9")
    recipe = published_recipe(given["recipe"], 321, **given)
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"]) == (80.0, 9.0)


@pytest.mark.slow
@pytest.mark.usefixtures("build_narrow")
def test_resnet101_is_trained_on_all_scales(tmp_path):
    """Phase 2, from the weights of a file; says how many layers it took of it."""
    keras.utils.set_random_seed(1)
    start = models.build("deeplab_resnet101", len(CLASS_NAMES))
    start.save(tmp_path / "start.keras")
    folder = tmp_path / "run"
    given = parse(
        "--recipe=deeplab_resnet101",
        f"--init_from={tmp_path / 'start.keras'}",
        f"--output_dir={folder}",
        "--accumulate_steps=2",
        *SMALL[:4],
        *SMALL[5:],
    )
    scribble.main(given)
    header, row = (folder / "history.csv").read_text().splitlines()
    terms = dict(zip(header.split(","), row.split(","), strict=True))
    entropies = [float(terms[name]) for name in ("scribble", "x1", "x0.75", "x0.5")]
    energy = float(terms["image"])
    # The loss is their sum; it is kept in float32.
    assert float(terms["loss"]) == pytest.approx(sum(entropies) + 1e-8 * energy, 1e-5)
    assert len(set(entropies)) == 4 and min(entropies) > 0 and energy > 0
    trained = keras.saving.load_model(folder / "last.keras")
    for layer in start.get_layer("backbone").layers:
        if "_bn" in layer.name:
            received = trained.get_layer("backbone").get_layer(layer.name)
            for one, other in zip(
                received.get_weights(), layer.get_weights(), strict=True
            ):
                np.testing.assert_array_equal(one, other)
