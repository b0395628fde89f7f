"""Tests of steps that take the mean gradient of several batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from trainers.engine.accumulation import GradientMean
from trainers.engine.checkpoints import Checkpoints
from trainers.engine.run import run as run_engine


def build(num_classes, weights=None):
    """Without batch normalization, which tells batches apart."""
    del weights
    layers = keras.layers
    image = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1.0)(image)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv")(x)
    probs = layers.Conv2D(num_classes, 1, activation="softmax", name="head")(x)
    return keras.Model(image, probs, name="toy")


def weights_of(path):
    model = build(toys.NUM_CLASSES)
    model.load_weights(path)
    return model.get_weights()


def run(folder, recipe=None, **fields):
    config = toys.make_config(folder, **fields)
    recipe = recipe or toys.make_recipe(build_segmenter=build)
    return run_engine(recipe, config, toys.make_source())


def test_two_batches_of_two_are_one_of_four(tmp_path):
    """Schedule, decay, ramp, average and order of the images included."""
    fields = {"optimizer": "sgd", "weight_decay": 0.1, "epochs": 3}
    whole = run(tmp_path / "whole", batch_size=4, **fields)
    halves = run(tmp_path / "halves", batch_size=2, accumulate_steps=2, **fields)
    assert halves.metrics["steps"] == whole.metrics["steps"] == 6
    for one, two in zip(weights_of(whole.last), weights_of(halves.last), strict=True):
        # Six steps of sums in another order.
        np.testing.assert_allclose(two, one, atol=1e-4)
    for term in ("loss", "scribble", "image", "learning_rate", "scribble_miou"):
        one, two = (toys.column(tmp_path / name, term) for name in ("whole", "halves"))
        np.testing.assert_allclose(two, one, rtol=1e-3)


def test_replicas_accumulate_what_one_device_would(tmp_path):
    fields = {"optimizer": "sgd", "batch_size": 2, "accumulate_steps": 3}
    fields |= {"steps_per_epoch": 2, "epochs": 1}
    one = run(tmp_path / "one", strategy="one_device", **fields)
    two = run(tmp_path / "two", strategy="mirrored", **fields)
    for a, b in zip(weights_of(one.last), weights_of(two.last), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-5)  # sums in another order


@pytest.mark.slow
def test_a_run_stopped_between_two_steps_ends_with_the_same_weights(
    tmp_path, monkeypatch
):
    fields = {"batch_size": 2, "accumulate_steps": 2, "checkpoint_every": 1}
    recipe = toys.make_recipe()
    whole = run(tmp_path / "whole", recipe, **fields)
    save = Checkpoints.save

    def save_and_stop(self, step):
        save(self, step)
        if step == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoints, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", recipe, **fields)
    monkeypatch.setattr(Checkpoints, "save", save)
    resumed = run(tmp_path / "stopped", recipe, **fields)
    assert toys.digest(resumed.last) == toys.digest(whole.last)


def test_a_mean_starts_anew_when_taken():
    variable = keras.Variable([1.0, 2.0])
    mean = GradientMean([variable, variable], batches=2)
    for first in ([2.0, 0.0], [4.0, 6.0]):
        mean.add([tf.constant(first), None])
    received, absent = mean.take()
    np.testing.assert_array_equal(received, [3.0, 3.0])
    np.testing.assert_array_equal(absent, [0.0, 0.0])
    np.testing.assert_array_equal(mean.take()[0], [0.0, 0.0])
