"""Tests of AtrousConv2D: the outputs and gradients of Keras' own layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import models
from tf_rloss.layers import AtrousConv2D

TOLERANCE = {"float32": 1e-5, "float64": 1e-13}
"""Of a gradient over the largest: sums of some hundred products in another order."""


def layers(inputs, filters=3, **arguments):
    """Returns the layer, and Keras' own with the same weights."""
    pair = [
        cls(filters, dtype=inputs.dtype.name, **arguments)
        for cls in (AtrousConv2D, keras.layers.Conv2D)
    ]
    for layer in pair:
        layer.build(inputs.shape)
    pair[1].set_weights(pair[0].get_weights())
    return pair


def gradients(layer, inputs, signature=None, jit=False):
    """Returns the outputs, and the gradients of a function of them."""

    @tf.function(
        input_signature=[signature or tf.TensorSpec(inputs.shape, inputs.dtype)],
        jit_compile=jit,
    )
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            value = tf.reduce_sum(tf.sin(y))
        return y, tape.gradient(value, [x, *layer.trainable_variables])

    return run(inputs)


def assert_same(actual, expected):
    np.testing.assert_array_equal(actual[0], expected[0])
    for one, other in zip(actual[1], expected[1], strict=True):
        largest = np.abs(other).max()
        tolerance = TOLERANCE[other.dtype.name] * largest
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


def normal(*shape, dtype="float32"):
    return tf.random.stateless_normal(shape, seed=(0, 1), dtype=dtype)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (6, 12), (13, 8)])
@pytest.mark.parametrize("rate", [2, 6, (3, 12)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_are_those_of_keras(size, rate, dtype):
    inputs = normal(2, *size, 4, dtype=dtype)
    ours, theirs = layers(inputs, kernel_size=3, dilation_rate=rate, padding="same")
    assert_same(gradients(ours, inputs), gradients(theirs, inputs))


@pytest.mark.parametrize("kernel", [(1, 3), (5, 3), 1])
def test_kernels_of_other_odd_sizes(kernel):
    inputs = normal(2, 9, 7, 2)
    arguments = {"kernel_size": kernel, "dilation_rate": 4, "padding": "same"}
    ours, theirs = layers(inputs, use_bias=False, activation="relu", **arguments)
    assert_same(gradients(ours, inputs), gradients(theirs, inputs))


@pytest.mark.parametrize(
    "arguments",
    [
        {"kernel_size": 2, "dilation_rate": 2, "padding": "same"},
        {"kernel_size": 3, "dilation_rate": 2, "padding": "valid"},
        {"kernel_size": 3, "strides": 2, "padding": "same"},
    ],
)
def test_other_arguments_leave_the_gradient_to_keras(arguments):
    inputs = normal(2, 9, 8, 2)
    ours, theirs = layers(inputs, **arguments)
    assert_same(gradients(ours, inputs), gradients(theirs, inputs))


@pytest.mark.parametrize("size", [(3, 4), (8, 8), (20, 5)])
def test_sizes_known_at_run_time(size):
    inputs = normal(2, *size, 2)
    ours, theirs = layers(inputs, kernel_size=3, dilation_rate=6, padding="same")
    unknown = tf.TensorSpec((None, None, None, 2))
    expected = gradients(theirs, inputs)
    assert_same(gradients(ours, inputs, unknown), expected)


def test_compiled_by_xla():
    inputs = normal(2, 8, 9, 2)
    ours, _ = layers(inputs, kernel_size=3, dilation_rate=6, padding="same")
    compiled, usual = (gradients(ours, inputs, jit=jit) for jit in (True, False))
    for one, other in zip(compiled[1], usual[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_finite_differences():
    inputs = normal(1, 5, 4, 2, dtype="float64")
    layer, _ = layers(inputs, kernel_size=3, dilation_rate=3, padding="same")
    kernel = tf.convert_to_tensor(layer.kernel)
    exact, numeric = tf.test.compute_gradient(layer.convolution_op, [inputs, kernel])
    for one, other in zip(exact, numeric, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


def test_half_precision_keeps_the_types_of_the_variables():
    inputs = normal(2, 6, 6, 2)
    layer = AtrousConv2D(3, 3, dilation_rate=6, padding="same", dtype="mixed_float16")
    outputs, found = gradients(layer, inputs)
    assert outputs.dtype == tf.float16
    assert [g.dtype for g in found] == [tf.float32] * 3
    assert all(np.isfinite(g).all() for g in found)


def test_networks_with_large_dilations_have_it():
    network = models.build("deeplab_vgg16", 3)
    found = [x for x in network.layers if isinstance(x, AtrousConv2D)]
    assert {layer.dilation_rate[0] for layer in found} >= {6, 12, 18, 24}
