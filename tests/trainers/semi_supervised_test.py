"""Tests of trainers/semi_supervised.py."""

import json

import numpy as np
import pytest
import toys
from PIL import Image

from tests.trainers.tiny_run import assert_one_line, call
from tf_rloss import data, losses, models
from trainers import semi_supervised
from trainers.engine.batches import batches
from trainers.engine.devices import make_strategy
from trainers.engine.identity import describe_data
from trainers.methods.regularizer_options import RegularizerOptions
from trainers.methods.regularizers import REGULARIZERS
from trainers.methods.scribbles import labelled_recipe
from trainers.methods.unlabelled import semi_supervised_recipe

SMALL = {
    "synthetic_images": 8,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "labelled_images": 3,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "tensorboard": False,
}


@pytest.fixture(autouse=True)
def toy_network(monkeypatch):
    """A network that is built in no time, in place of the default."""
    monkeypatch.setattr(
        models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )


def train(folder, **flags):
    return call(semi_supervised, output_dir=folder, **SMALL | flags)


def read(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


def test_unlabelled_images_join_in_phase_2(tmp_path):
    assert train(tmp_path)[0] == 0
    first, second = read(tmp_path / "phase1", "config"), read(tmp_path, "config")
    assert first["data"]["training number of images"] == 3
    assert second["data"]["training number of images"] == 8
    assert second["flags"]["--labelled_per_batch"] == 2
    assert second["flags"]["--init_from"] == str(tmp_path / "phase1")
    assert second["flags"]["loss of 'mask'"]["weight"] == 2.0
    assert second["flags"]["loss of 'image'"]["weight"] == pytest.approx(0.2)
    assert np.isfinite(toys.column(tmp_path, "image")).all()
    assert train(tmp_path)[1].count("finished already") == 2
    # One image more has labels, which is another choice of images.
    result = train(tmp_path, labelled_images=4)
    assert_one_line(result, "number of images is 4", "3")


def test_the_baseline_takes_as_many_steps_on_labelled_images_alone(tmp_path):
    assert train(tmp_path, regularizer="none")[0] == 0
    assert read(tmp_path, "config")["data"]["training number of images"] == 3
    assert read(tmp_path, "metrics")["steps"] == 2
    assert read(tmp_path / "phase1", "metrics")["steps"] == 2


def test_photographs_can_be_mixed_in_at_random(tmp_path):
    (tmp_path / "photographs").mkdir()
    for number in range(4):
        pixels = np.full((50, 20 + number, 3), 40 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photographs" / f"{number}.png")
    result = train(
        tmp_path / "run",
        unlabelled_dir=tmp_path / "photographs",
        labelled_images=8,
        labelled_per_batch=0,
        labels="scribble",
        regularize="all",
    )
    assert result[0] == 0
    config = read(tmp_path / "run", "config")
    assert config["data"]["training number of images"] == 12
    assert config["flags"]["--labelled_per_batch"] is None
    assert config["flags"]["--crop_size"] == [32, 32]
    assert config["flags"]["loss of 'scribble'"]["weight"] == pytest.approx(12 / 8)
    assert config["flags"]["loss of 'image'"]["weight"] == 0.1


@pytest.mark.parametrize(
    "flags, parts",
    [
        ({"labelled_images": 9}, ("--labelled_images", "at most 8")),
        ({"labelled_images": 8}, ("keep their labels", "--unlabelled_dir")),
        ({"labelled_per_batch": 4}, ("--labelled_per_batch", "below --batch_size, 4")),
        ({"unlabelled_dir": "/no/such"}, ("--unlabelled_dir must be a folder",)),
        ({"length_ratio": 0.5}, ("--length_ratio needs --labels=scribble",)),
    ],
)
def test_flags_that_do_not_fit_are_named(tmp_path, flags, parts):
    assert_one_line(train(tmp_path, **flags), *parts)


@pytest.mark.parametrize("share", [0.25, 0.5])
@pytest.mark.parametrize("on_all", [False, True])
def test_the_loss_is_a_mean_over_the_images_of_each_kind(share, on_all):
    """Whatever the share of labelled images in a batch."""
    batch_size = 4
    source = toys.make_source()
    mixed = data.without_labels(source, source.ids[4:])
    recipe = semi_supervised_recipe(
        labelled_recipe(
            RegularizerOptions("crf", regularizer_weight=0.7), toys.SIZE, labels="mask"
        ),
        "mask",
        labelled_share=share,
        on_all=on_all,
    )
    pipeline = data.train_pipeline(
        mixed,
        batch_size=batch_size,
        crop_size=toys.SIZE,
        targets=(*recipe.targets, "image"),
        labelled_per_batch=int(share * batch_size),
    )
    image, targets = next(iter(pipeline))
    probs = toys.build_segmenter(toys.NUM_CLASSES)(image)
    total = sum(
        recipe.loss_weights[name]
        * np.mean(loss.call(targets[recipe.target(name)], probs))
        for name, loss in recipe.losses.items()
    )
    labelled = (targets["mask"].numpy() != 255).any((1, 2))
    assert labelled.sum() == share * batch_size
    entropy = losses.partial_crossentropy(targets["mask"], probs).numpy()[labelled]
    crf = losses.dense_crf_loss(
        targets["image"], probs, sigma_xy=100 * toys.SIZE / 513, sigma_rgb=15.0
    ).numpy()
    regularized = crf if on_all else crf[~labelled]
    # float32 sums of a few terms.
    assert total == pytest.approx(entropy.mean() + 0.7 * regularized.mean(), rel=1e-5)
    assert recipe.ramped == ("image",)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer_acts_on_the_unlabelled_images_alone(name):
    recipe = semi_supervised_recipe(
        labelled_recipe(
            RegularizerOptions(name, regularizer_weight=0.3), 16, labels="mask"
        ),
        "mask",
        labelled_share=0.25,
        on_all=False,
    )
    assert recipe.targets == ("mask", "unlabelled_image")
    assert list(recipe.loss_weights.values()) == pytest.approx([4.0, 0.4])


@pytest.mark.parametrize(
    "name, labels, target",
    [
        ("crf", "scribble", "image"),
        ("adm", "scribble", "scribbled_image"),
        ("adm", "mask", "image"),
    ],
)
def test_proposals_for_all_images_hold_scribbles_to_their_labels(name, labels, target):
    recipe = semi_supervised_recipe(
        labelled_recipe(RegularizerOptions(name), 16, labels=labels),
        labels,
        labelled_share=0.5,
        on_all=True,
    )
    assert recipe.targets == (labels, target)


def test_sources_that_differ_in_the_labelled_images_are_told_apart():
    source = toys.make_source()
    choices = [(), source.ids[4:], source.ids[5:], source.ids[3:4]]
    described = [describe_data(data.without_labels(source, c), None) for c in choices]
    assert all(described.count(one) == 1 for one in described)
    assert describe_data(source, None) == described[0]


def test_the_engines_batches_have_the_labelled_images_asked_for():
    source = toys.make_source()
    config = toys.make_config("unused", labelled_per_batch=1)
    dataset = batches(
        data.without_labels(source, source.ids[2:]),
        ("mask",),
        config.resolve(source),
        make_strategy("one_device"),
        start_step=3,
    )
    for _, targets in dataset.take(4):
        assert (targets["mask"].numpy() != 255).any((1, 2)).sum() == 1
