"""How --recipe reaches trainings on masks and on few labels: all but their labels."""

import types

import keras
import pytest
import tiny_run
from recipe_flags import SMALL, make_networks_narrow

from trainers import full, semi_supervised
from trainers.methods import masks, unlabelled
from trainers.methods.published import PUBLISHED

TRAIN = {full: masks.train, semi_supervised: unlabelled.train}
PROGRAMS = {"full": full, "semi_supervised": semi_supervised}


@pytest.fixture
def runs(monkeypatch):
    """Lists the recipe and the config of each run, in place of running it."""
    found = []

    def run(recipe, config, *sources, **options):
        found.append((recipe, config))
        return types.SimpleNamespace(last=None, metrics={})

    for module in (masks, unlabelled):
        monkeypatch.setattr(module, "run_engine", run)
    monkeypatch.setattr(masks, "write_validation_losses", lambda *arguments: {})
    return found


def train(program, *arguments):
    images = ("--synthetic_images=8", "--synthetic_val_images=2", "--synthetic_size=32")
    TRAIN[program](tiny_run.given(program, *images, "--output_dir=out", *arguments))


def weight_per_image(recipe, name):
    """Returns the weight of a term against that of cross-entropy."""
    return recipe.loss_weights[name] / recipe.loss_weights["mask"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_recipe_sets_network_schedule_and_losses(name, runs):
    """Protects: `full` and `semi_supervised` train a network as its authors did."""
    program = PROGRAMS[name]
    train(program, "--recipe=deeplab_largefov", "--regularizer=crf")
    (_, first), (recipe, second) = runs
    for config in (first, second):
        assert (config.model, config.weights) == ("deeplab_largefov", "imagenet")
        assert (config.batch_size, config.crop_size) == (20, (321, 321))
        assert (config.schedule, config.step_epochs) == ("step", 3)
        assert (config.epochs, config.steps_per_epoch) == (9, 1000)
        assert config.optimizer == "sgd" and config.weight_decay > 1e-3
        assert config.ema_decay == config.ramp_epochs == config.color_jitter == 0.0
    assert (first.learning_rate, second.learning_rate) == (1e-3, 1e-4)
    assert first.init_from is None and second.init_from == "out/phase1"
    entropy = recipe.losses["mask"].get_config()
    assert (entropy["stride"], entropy["normalize_by"]) == (8, "batch")
    crf = recipe.losses["image"].get_config()
    assert (crf["sigma_xy"], crf["sigma_rgb"]) == (100.0, 15.0)
    assert crf["normalization"] == "none"
    assert weight_per_image(recipe, "image") == pytest.approx(1e-8)
    published = PUBLISHED["deeplab_largefov"]
    assert {r.lr_multiplier for r, _ in runs} == {published.lr_multiplier}


@pytest.mark.parametrize("name", PROGRAMS)
def test_flags_go_before_the_recipe(name, runs):
    train(
        PROGRAMS[name],
        "--recipe=deeplab_vgg16",
        "--regularizer=crf",
        "--regularizer_weight=0.5",
        "--phase2_learning_rate=1e-5",
        "--batch_size=6",
        "--sigma_rgb=9",
    )
    (_, first), (recipe, second) = runs
    assert (first.batch_size, second.batch_size) == (6, 6)
    assert (first.learning_rate, second.learning_rate) == (1e-3, 1e-5)
    crf = recipe.losses["image"].get_config()
    # A given weight is of the normalized energy.
    assert (crf["sigma_rgb"], crf["normalization"]) == (9.0, "affinity")
    assert weight_per_image(recipe, "image") == pytest.approx(0.5)


@pytest.mark.parametrize("name", PROGRAMS)
def test_scales_of_a_network_have_their_own_cross_entropy(name, runs):
    train(PROGRAMS[name], "--recipe=deeplab_resnet101", "--regularizer=crf")
    for recipe, config in runs:
        assert config.accumulate_steps == 10
        for scale, stride in {"x1": 8, "x0.75": 8, "x0.5": 16}.items():
            assert recipe.losses[scale].get_config()["stride"] == stride
            assert recipe.target(scale) == "mask"
            assert weight_per_image(recipe, scale) == 1.0


def test_without_a_regularizer_the_authors_train_on_masks_in_one_phase(runs):
    train(full, "--recipe=deeplab_vgg16")
    ((recipe, config),) = runs
    assert list(recipe.losses) == ["mask"] and config.epochs == 20
    assert config.output_dir == "out"


def test_arms_of_semi_supervision_have_the_same_cross_entropy(runs):
    """Protects: the gain of unlabelled images is not one of another loss."""
    common = ("--recipe=deeplab_largefov", "--labelled_images=3", "--init_from=first")
    train(semi_supervised, "--regularizer=none", *common)
    train(semi_supervised, "--regularizer=crf", *common)
    (alone, config), (crf, other) = runs
    assert alone.losses["mask"].get_config() == crf.losses["mask"].get_config()
    assert alone.lr_multiplier == crf.lr_multiplier
    # Half of each batch is labelled, and counts twice.
    assert (alone.loss_weights["mask"], crf.loss_weights["mask"]) == (1.0, 2.0)
    differing = {
        field
        for field in vars(config)
        if getattr(config, field) != getattr(other, field)
    }
    assert differing == {"labelled_per_batch"}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_few_steps_of_a_recipe_train(name, tmp_path, monkeypatch):
    make_networks_narrow(monkeypatch)
    flags = dict(argument[2:].split("=") for argument in SMALL if "=" in argument)
    flags |= {"recipe": "deeplab_vgg16", "weights": "none", "phase1_epochs": 1}
    flags |= {"regularizer": "crf", "tensorboard": False}
    result = tiny_run.call(PROGRAMS[name], output_dir=tmp_path, **flags)
    assert result[0] == 0, result
    network = keras.saving.load_model(tmp_path / "last.keras", compile=False)
    assert "vgg16" in network.name
