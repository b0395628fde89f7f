"""`--precision`: half precision in training, loss scaling, float32 weights."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from trainers.engine import run as run_module
from trainers.engine.config import PRECISIONS
from trainers.engine.run import Training, run
from trainers.engine.run_folder import RunFolder

OVERFLOWING = {"scribble": 1e3, "image": 0.5}
"""Weights of terms with which the first gradients are beyond float16."""


def start(folder, strategy=None, weights=None, **fields):
    """The state of a run of float16 before its first step, and its batches."""
    fields = {"steps_per_epoch": 4, "precision": "mixed_float16"} | fields
    config = toys.make_config(folder, **fields)
    recipe = toys.make_recipe()
    recipe.loss_weights.update(weights or {})
    strategy = strategy or tf.distribute.get_strategy()
    source = toys.make_source()
    config = config.resolve(source)
    folder = RunFolder(config.output_dir, writable=True)
    keras.utils.set_random_seed(0)
    training = Training(recipe, config, source, None, strategy, folder)
    return training, iter(training.make_batches())


def trained_weights(training):
    return [variable.numpy() for variable in training.optimizers.trainable]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each precision, and the types that its layers and losses had."""
    found = {}
    for precision in PRECISIONS:
        types = set()

        def graph_of(segmenter, types=types):
            def graph(image, training=True):
                probs = segmenter(image, training=training)
                types.add(("conv", segmenter.get_layer("conv").compute_dtype))
                types.add(("output", probs.dtype.name))
                return {"probs": probs}

            return graph

        recipe = toys.make_recipe(
            training_graph=graph_of, build_segmenter=toys.build_without_randomness
        )
        for name, loss in recipe.losses.items():

            def call(target, probs, name=name, compute=loss.call, types=types):
                values = compute(target, probs)
                types.add((name, values.dtype.name))
                return values

            loss.call = call
        folder = tmp_path_factory.mktemp(precision)
        # An epoch is a step, so that the first loss is that of the first weights.
        config = toys.make_config(
            folder, epochs=12, steps_per_epoch=1, precision=precision
        )
        found[precision] = run(recipe, config, toys.make_source()), types
    return found


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_layers_compute_in_the_precision_and_losses_in_float32(runs, precision):
    _, types = runs[precision]
    of_layers = precision.removeprefix("mixed_")
    assert types == {
        ("conv", of_layers),
        ("output", of_layers),
        ("scribble", "float32"),
        ("image", "float32"),
    }
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_precision_trains_and_saves_float32(runs, precision):
    result, _ = runs[precision]
    losses = [row["scribble"] for row in result.history]
    exact = [row["scribble"] for row in runs["float32"][0].history]
    # Two or three digits of activations.
    np.testing.assert_allclose(losses[0], exact[0], rtol=0.03)
    assert losses[-1] < losses[0]
    saved = keras.models.load_model(result.last)
    assert {weight.dtype for weight in saved.weights} == {"float32"}
    assert saved.get_layer("conv").compute_dtype == "float32"
    described = json.loads((result.last.parent / "config.json").read_text())
    assert described["flags"]["--precision"] == precision


def test_a_step_that_overflows_is_left_out_and_lowers_the_scale(tmp_path):
    training, batches = start(tmp_path, weights=OVERFLOWING)
    before = trained_weights(training)
    assert float(training.optimizers.loss_scale) == 2.0**15
    training.train_step(batches)
    assert float(training.optimizers.loss_scale) == 2.0**14
    for now, then in zip(trained_weights(training), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for _ in range(14):
        training.train_step(batches)
    training.totals.check_finite()  # Nothing is wrong with the run.
    assert 1.0 < float(training.optimizers.loss_scale) < 2.0**14
    for now, then in zip(trained_weights(training), before, strict=True):
        assert np.isfinite(now).all()
        assert (now != then).any()


def test_one_gradient_that_is_not_finite_holds_all_groups_back(tmp_path):
    training, _ = start(tmp_path, head_lr_multiplier=10.0)
    optimizers, before = training.optimizers, trained_weights(training)
    gradients = [tf.ones(v.shape) for v in optimizers.trainable]
    gradients[-1] = tf.fill(gradients[-1].shape, float("inf"))
    for _ in range(15):
        # A smaller scale may mend this, so that it is no fault of the run.
        assert float(optimizers.gradient_norm(gradients)) == 0.0
        optimizers.apply(gradients)
    for now, then in zip(trained_weights(training), before, strict=True):
        np.testing.assert_array_equal(now, then)
    scales = [v.numpy() for v in optimizers.variables if "dynamic_scale" in v.path]
    assert scales == [1.0, 1.0]
    assert not np.isfinite(float(optimizers.gradient_norm(gradients)))


def test_all_replicas_leave_out_the_same_step(tmp_path):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    training, batches = start(tmp_path, strategy, OVERFLOWING)
    before = trained_weights(training)
    training.train_step(batches)
    for now, then in zip(trained_weights(training), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for _ in range(14):
        training.train_step(batches)
    assert np.isfinite(
        np.concatenate([v.ravel() for v in trained_weights(training)])
    ).all()
    for variable in training.optimizers.trainable:
        replicas = strategy.experimental_local_results(variable.value)
        np.testing.assert_array_equal(*[one.numpy() for one in replicas])


class StoppedError(Exception):
    pass


@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_its_scale(tmp_path, monkeypatch):
    recipe = toys.make_recipe()
    recipe.loss_weights.update(OVERFLOWING)
    scales = {}

    def train(name):
        config = toys.make_config(
            tmp_path / name, epochs=2, steps_per_epoch=6, precision="mixed_float16"
        )
        run(recipe, config, toys.make_source())

    run_epoch = Training._run_epoch

    def remember(self, iterator, step, epoch, progress):
        scales[self.folder.path.name, epoch] = float(self.optimizers.loss_scale)
        if stopping and epoch == 2:
            raise StoppedError
        run_epoch(self, iterator, step, epoch, progress)

    monkeypatch.setattr(run_module.Training, "_run_epoch", remember)
    stopping = False
    train("whole")
    stopping = True
    with pytest.raises(StoppedError):
        train("resumed")
    stopping = False
    train("resumed")
    assert scales["resumed", 2] == scales["whole", 2] < 2.0**15
    digests = {toys.digest(tmp_path / n / "last.keras") for n in ("whole", "resumed")}
    assert len(digests) == 1
