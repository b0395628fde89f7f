"""Tests of BatchNormalization: it must equal Keras' own layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import BatchNormalization


def _pair(**arguments):
    layers = [
        keras.layers.BatchNormalization(**arguments),
        BatchNormalization(**arguments),
    ]
    generator = np.random.default_rng(0)
    weights = [generator.uniform(0.5, 2.0, 5).astype(np.float32) for _ in range(4)]
    for layer in layers:
        layer.build((None, None, None, 5))
        layer.set_weights(weights)
    return layers


def _inputs():
    return tf.constant(np.random.default_rng(1).normal(3, 2, (4, 6, 7, 5)), tf.float32)


@pytest.mark.parametrize("training", [False, True])
def test_output_and_gradients_equal_keras(training):
    results = []
    for layer in _pair(momentum=0.9):
        inputs = _inputs()
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=training)
            value = tf.reduce_sum(outputs**3)
        gradients = tape.gradient(value, [inputs, layer.gamma.value, layer.beta.value])
        results.append([outputs, *gradients])
    for keras_result, fused_result in zip(*results, strict=True):
        # Sums of 168 products in another order; gradients go up to some thousands.
        np.testing.assert_allclose(fused_result, keras_result, rtol=1e-4, atol=1e-3)


def test_moving_statistics_follow_keras_up_to_the_unbiased_variance():
    keras_layer, fused_layer = _pair(momentum=0.9)
    before = keras_layer.moving_variance.numpy()
    for layer in (keras_layer, fused_layer):
        layer(_inputs(), training=True)
    np.testing.assert_allclose(
        fused_layer.moving_mean, keras_layer.moving_mean, rtol=1e-5
    )
    n = 4 * 6 * 7
    step = keras_layer.moving_variance.numpy() - 0.9 * before
    expected = 0.9 * before + step * n / (n - 1)
    np.testing.assert_allclose(fused_layer.moving_variance, expected, rtol=1e-5)


def test_frozen_layer_keeps_its_statistics_in_training():
    _, layer = _pair()
    layer.trainable = False
    before = layer.get_weights()
    outputs = layer(_inputs(), training=True)
    np.testing.assert_array_equal(outputs, layer(_inputs(), training=False))
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_half_precision_is_normalised_in_float32():
    layer = BatchNormalization(dtype="mixed_float16")
    # The squares overflow float16 (65504).
    inputs = tf.constant([-1000.0, 1000.0], tf.float16)[:, None, None, None]
    outputs = layer(inputs, training=True)
    assert outputs.dtype == tf.float16
    np.testing.assert_allclose(np.ravel(outputs), [-1.0, 1.0], rtol=1e-3)


def test_configuration_survives_a_round_trip():
    layer = BatchNormalization(momentum=0.8, epsilon=1e-2, name="norm")
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, BatchNormalization)
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "arguments", [{"axis": 1}, {"scale": False}, {"center": False}]
)
def test_what_the_kernel_lacks_is_computed_as_keras_does(arguments):
    inputs = tf.random.stateless_normal((3, 4, 4, 4), seed=(1, 2))
    fused = BatchNormalization(**arguments)(inputs, training=True)
    expected = keras.layers.BatchNormalization(**arguments)(inputs, training=True)
    np.testing.assert_array_equal(fused, expected)


def test_float64_falls_back_to_keras():
    layer = BatchNormalization(dtype="float64")
    assert layer(tf.zeros((2, 2, 2, 3), tf.float64), training=True).dtype == tf.float64


def test_synchronized_layer_shares_statistics_between_replicas():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        layer = BatchNormalization(synchronized=True, momentum=0.0)
        layer.build((None, 2, 2, 1))
    strategy.run(lambda: layer(tf.ones((2, 2, 2, 1)), training=True))
    np.testing.assert_allclose(layer.moving_mean, [1.0])


def test_weight_file_of_keras_own_layer_fits(tmp_path):
    sources = []
    for kind in (keras.layers.BatchNormalization, BatchNormalization):
        image = keras.Input((None, None, 2))
        sources.append(keras.Model(image, kind(name="norm")(image)))
    own, fused = sources
    own.layers[-1].set_weights([np.full(2, value) for value in (1.0, 2.0, 3.0, 4.0)])
    own.save_weights(tmp_path / "own.weights.h5")
    fused.load_weights(tmp_path / "own.weights.h5")
    for expected, weight in zip(own.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
