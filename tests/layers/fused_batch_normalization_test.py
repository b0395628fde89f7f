"""Tests of FusedBatchNormalization: the formula of Keras' own layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import FusedBatchNormalization


def _pair(**arguments):
    layers = [
        keras.layers.BatchNormalization(**arguments),
        FusedBatchNormalization(**arguments),
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
    for keras_result, fused_result in zip(*results):
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
    for old, new in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_half_precision_is_normalised_in_float32():
    layer = FusedBatchNormalization(dtype="mixed_float16")
    # The squares overflow float16 (65504).
    inputs = tf.constant([-1000.0, 1000.0], tf.float16)[:, None, None, None]
    outputs = layer(inputs, training=True)
    assert outputs.dtype == tf.float16
    np.testing.assert_allclose(np.ravel(outputs), [-1.0, 1.0], rtol=1e-3)


def test_configuration_survives_a_round_trip():
    layer = FusedBatchNormalization(momentum=0.8, epsilon=1e-2, name="norm")
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, FusedBatchNormalization)
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "arguments", [{"axis": 1}, {"scale": False}, {"synchronized": True}]
)
def test_what_the_kernel_lacks_is_refused(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        FusedBatchNormalization(**arguments)
