"""Tests of trainers/engine/recipe.py, and of what a training step makes of a recipe."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from tf_rloss import data, losses
from trainers.engine.batches import make_augmentation
from trainers.engine.identity import describe_settings
from trainers.engine.recipe import Recipe
from trainers.engine.run import run

PARTIAL = losses.PartialCrossentropy()


def mirror_graph(segmenter):
    """The segmenter on the image and on its mirror image, by the same weights."""

    def graph(image, training=True):
        mirrored = segmenter(image[:, :, ::-1], training=training)
        return {
            "probs": segmenter(image, training=training),
            "mirrored": mirrored[:, :, ::-1],
        }

    return graph


RECIPE = Recipe(
    {"scribble": PARTIAL, "mirrored": PARTIAL},
    {"scribble": 1.0, "mirrored": 0.5},
    build_segmenter=toys.build_without_randomness,
    target_of={"mirrored": "scribble", "crf": "image"},
    output_of={"mirrored": "mirrored", "crf": "mirrored"},
    training_graph=mirror_graph,
    monitors={"crf": losses.DenseCRFLoss(sigma_xy=4.0, sigma_rgb=15.0)},
)
"""Two terms on one target, and a monitor on another."""


def make_config(folder, **fields):
    usual = {"epochs": 1, "steps_per_epoch": 1, "optimizer": "sgd", "ema_decay": 0.0}
    usual |= {"momentum": 0.0, "learning_rate": 0.1, "ramp_epochs": 0.0}
    return toys.make_config(folder, **usual | fields)


def test_terms_read_the_targets_and_outputs_they_name(tmp_path):
    """One step against the same by hand."""
    source = toys.make_source()
    config = make_config(tmp_path)
    result = run(RECIPE, config, source)
    keras.utils.set_random_seed(config.seed)
    segmenter = toys.build_without_randomness(toys.NUM_CLASSES)
    batches = data.train_pipeline(
        source,
        batch_size=config.batch_size,
        crop_size=toys.SIZE,
        augmentation=make_augmentation(config),
    )
    image, targets = next(iter(batches))
    with tf.GradientTape() as tape:
        outputs = mirror_graph(segmenter)(image)
        values = {
            "scribble": PARTIAL(targets["scribble"], outputs["probs"]),
            "mirrored": PARTIAL(targets["scribble"], outputs["mirrored"]),
            "crf": RECIPE.monitors["crf"](targets["image"], outputs["mirrored"]),
        }
        total = values["scribble"] + 0.5 * values["mirrored"]
    for name, value in (values | {"loss": total}).items():
        assert result.history[0][name] == pytest.approx(float(value), rel=1e-5)
    gradient = tape.gradient(total, segmenter.trainable_variables)
    moved = [v - 0.1 * g for v, g in zip(segmenter.trainable_variables, gradient)]  # noqa: B905
    trained = toys.build_without_randomness(toys.NUM_CLASSES)
    trained.load_weights(result.last)
    for received, expected in zip(trained.trainable_variables, moved, strict=True):
        # Float32 sums over 1024 pixels, in another order in a graph.
        np.testing.assert_allclose(received, expected, atol=1e-5)


class NotANumber(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return tf.reduce_sum(y_pred, (1, 2, 3)) * np.nan


@pytest.mark.slow
def test_monitors_neither_move_weights_nor_stop_a_run(tmp_path):
    source = toys.make_source()
    with_monitor = toys.make_recipe(
        False, monitors={"odd": NotANumber()}, target_of={"odd": "scribble"}
    )
    digests = [
        toys.digest(run(recipe, make_config(tmp_path / name), source).last)
        for name, recipe in (("a", with_monitor), ("b", toys.make_recipe(False)))
    ]
    assert digests[0] == digests[1]
    assert np.isnan(toys.column(tmp_path / "a", "odd")).all()


def test_targets_are_asked_of_the_data_once():
    assert RECIPE.targets == ("scribble", "image")
    assert RECIPE.label_target == "scribble"
    cues = Recipe({"seed": PARTIAL}, {"seed": 1.0}, target_of={"seed": "cues"})
    assert (cues.targets, cues.label_target) == (("cues",), "cues")
    image = Recipe({"image": losses.DenseCRFLoss()}, {"image": 1.0})
    assert image.label_target is None


def test_a_run_is_described_with_what_each_term_reads():
    described = describe_settings(RECIPE, make_config("out"))
    assert described["loss of 'mirrored'"]["target"] == "scribble"
    assert described["loss of 'mirrored'"]["output"] == "mirrored"
    assert described["loss of 'scribble'"]["output"] == "probs"
    assert described["loss of 'crf'"]["weight"] is None


@pytest.mark.parametrize(
    "fields, named",
    [
        ({"loss_weights": {}}, "`losses` and `loss_weights`"),
        ({"ramped": ("crf",)}, r"`ramped`.*'mirrored', 'scribble'\]"),
        ({"target_of": {"mask": "scribble"}}, "`target_of` must name terms"),
        ({"output_of": {"mask": "probs"}}, "`output_of` must name terms"),
        ({"training_graph": None}, "without a `training_graph`"),
        ({"monitors": {"scribble": PARTIAL}}, r"Received in both: \['scribble'\]"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(fields, named):
    with pytest.raises(ValueError, match=named):
        dataclasses.replace(RECIPE, **fields)
