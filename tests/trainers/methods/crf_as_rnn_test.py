"""Tests of trainers/methods/crf_as_rnn.py and tf_rloss/models/trained_crf.py."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from tests.trainers.tiny_run import assert_one_line, call
from tf_rloss import layers, models
from trainers import export, scribble
from trainers.crf_options import VOC_SIDE, TrainedCRFOptions
from trainers.defaults import CRF_AS_RNN, CRF_LR_MULTIPLIER, CRF_TRAINING_ITERATIONS
from trainers.engine import networks
from trainers.engine.batches import batches
from trainers.engine.networks import load_weights
from trainers.engine.run import run
from trainers.errors import UserError
from trainers.methods.crf_as_rnn import append_crf

SETTINGS = {"sigma_xy": 5.0, "sigma_rgb": 20.0, "spatial_sigma_xy": 1.0}


def image(seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (1, 12, 12, 3)).astype("float32")


def test_model_is_the_layer_after_the_segmenter():
    segmenter = toys.build_segmenter(3)
    model = models.append_crf(segmenter, **SETTINGS)
    expected = layers.CRFAsRNN(**SETTINGS)(segmenter(image()), image())
    np.testing.assert_array_equal(model(image()), expected)
    assert models.network_of(model) is segmenter
    assert models.network_of(segmenter) is segmenter


def test_model_reloads_with_its_weights(tmp_path):
    model = models.append_crf(toys.build_segmenter(3), **SETTINGS)
    crf = model.get_layer(models.CRF_LAYER)
    crf.compatibility.assign_add(tf.random.stateless_normal((3, 3), (1, 2)))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(again(image()), model(image()))


def test_weights_of_the_network_alone_and_of_the_whole_are_loaded(tmp_path):
    keras.utils.set_random_seed(3)
    network = toys.build_segmenter(3)
    network.save(tmp_path / "network.keras")
    model = models.append_crf(toys.build_segmenter(3), **SETTINGS)
    load_weights(model, str(tmp_path / "network.keras"))
    for one, other in zip(
        models.network_of(model).get_weights(), network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    model.get_layer(models.CRF_LAYER).spatial_kernel.assign_add(tf.ones((3, 3)))
    model.save(tmp_path / "model.keras")
    other = models.append_crf(toys.build_segmenter(3), **SETTINGS)
    load_weights(other, str(tmp_path / "model.keras"))
    np.testing.assert_array_equal(other(image()), model(image()))
    with pytest.raises(UserError, match="does not fit the segmenter toy_crf"):
        load_weights(
            models.append_crf(toys.build_segmenter(4), **SETTINGS),
            str(tmp_path / "network.keras"),
        )


def test_matrices_learn_by_their_multiplier_and_the_network_as_before(tmp_path):
    # Plain gradient descent: one step moves a weight by -rate * factor * gradient.
    config = toys.make_config(
        tmp_path,
        epochs=1,
        steps_per_epoch=1,
        optimizer="sgd",
        momentum=0.0,
        ema_decay=0.0,
        schedule="step",
        learning_rate=0.5,
    )
    recipe = toys.make_recipe(False, build_segmenter=toys.build_without_randomness)
    source = toys.make_source()
    resolved = config.resolve(source)
    recipe = append_crf(
        recipe, resolved, TrainedCRFOptions(crf_lr_multiplier=7.0, **SETTINGS)
    )
    result = run(recipe, config, source)
    trained = keras.saving.load_model(result.last, compile=False)

    keras.utils.set_random_seed(config.seed)
    model = recipe.build_segmenter(3, None)
    strategy = tf.distribute.get_strategy()
    dataset = batches(source, recipe.targets, resolved, strategy)
    inputs, targets = next(iter(dataset))
    with tf.GradientTape() as tape:
        probs = model(inputs, training=True)
        loss = tf.reduce_mean(
            recipe.losses["scribble"].call(targets["scribble"], probs)
        )
    names = ("bilateral_kernel", "spatial_kernel", "compatibility")
    others = models.network_of(model).trainable_variables
    assert {recipe.lr_multiplier(variable) for variable in others} == {1.0}
    crf, after = (m.get_layer(models.CRF_LAYER) for m in (model, trained))
    start = [getattr(crf, name) for name in names]
    for name, variable, slope in zip(
        names, start, tape.gradient(loss, start), strict=True
    ):
        assert np.abs(slope).max() > 1e-5
        expected = variable - 0.5 * 7.0 * slope
        # Sums over pixels in another order: float32 roundings of entries up to 5.
        np.testing.assert_allclose(getattr(after, name), expected, rtol=0, atol=1e-5)


def test_further_outputs_stay_those_of_the_network():
    def with_scales(network):
        return lambda image, training: {"probs": network(image), "x1": network(image)}

    recipe = toys.make_recipe(
        False, training_graph=with_scales, output_of={"scribble": "x1"}
    )
    config = toys.make_config("unused", crop_size=(12, 12))
    recipe = append_crf(recipe, config, TrainedCRFOptions(**SETTINGS))
    model = recipe.build_segmenter(3, None)
    outputs = recipe.make_graph(model)(image(), training=False)
    np.testing.assert_array_equal(outputs["probs"], model(image()))
    np.testing.assert_array_equal(outputs["x1"], models.network_of(model)(image()))
    assert np.abs(outputs["probs"] - outputs["x1"]).max() > 1e-3


@pytest.fixture
def toy_network(monkeypatch):
    def build(name, num_classes, weights):
        return toys.build_segmenter(num_classes)

    monkeypatch.setattr(networks.models, "build", build)


def test_a_trained_crf_starts_as_the_layer_does():
    config = layers.CRFAsRNN().get_config()
    arguments = TrainedCRFOptions().arguments(VOC_SIDE)
    assert arguments == {name: config[name] for name in arguments}
    iterations = {"training_iterations": CRF_TRAINING_ITERATIONS}
    assert arguments == CRF_AS_RNN | iterations


@pytest.mark.slow
def test_phase_2_trains_the_crf_on_scribbles_alone(toy_network, tmp_path):
    arguments = {
        "synthetic_images": 4,
        "synthetic_val_images": 2,
        "synthetic_size": 32,
        "batch_size": 2,
        "phase1_epochs": 1,
        "phase2_epochs": 1,
        "tensorboard": False,
        "crf_sigma_rgb": 20,
        "output_dir": tmp_path / "run",
    }
    refused = call(scribble, **arguments)
    assert_one_line(refused, "--crf_sigma_rgb needs --crf_as_rnn")
    result = call(scribble, crf_as_rnn=True, **arguments)
    assert result[0] == 0, result
    flags = json.loads((tmp_path / "run" / "config.json").read_text())["flags"]
    assert flags["--regularizer"] == "none" and "loss of 'image'" not in flags
    scaled = {name: CRF_AS_RNN[name] * 32 / VOC_SIDE for name in SETTINGS}
    trained_with = {"training_iterations": CRF_TRAINING_ITERATIONS}
    expected = CRF_AS_RNN | scaled | trained_with | {"sigma_rgb": 20.0}
    assert flags["--crf_as_rnn"] == pytest.approx(expected)
    assert flags["--crf_lr_multiplier"] == CRF_LR_MULTIPLIER
    first = json.loads((tmp_path / "run" / "phase1" / "config.json").read_text())
    assert "--crf_as_rnn" not in first["flags"]
    trained = keras.saving.load_model(tmp_path / "run" / "last.keras", compile=False)
    crf = trained.get_layer(models.CRF_LAYER)
    assert np.abs(crf.compatibility + np.eye(4)).max() > 1e-4

    model = {"checkpoint": tmp_path / "run", "output_dir": tmp_path / "model"}
    assert_one_line(call(export, **model), "--custom_ops exports it")
    result = call(export, custom_ops=True, **model)
    assert result[0] == 0 and "load_library()" in result[1], result
