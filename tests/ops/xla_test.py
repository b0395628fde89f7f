"""Compiled by XLA the filter gives the same bits, and the same errors."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

ORDERS = ({}, {"transpose": True}, {"symmetric": True})
# More points than one strip of the lattice has, so that two threads share an image.
POINTS = 20_000


def make_points(dtype=tf.float32, *, batch=2, count=400, channels=3):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(batch, count, channels))
    features = rng.normal(size=(batch, count, 4)) * 2
    return tf.cast(values, dtype), tf.constant(features)


def jit(function):
    return tf.function(function, jit_compile=True)


def test_the_kernels_are_there():
    assert ops.has_xla_kernels()


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_filter_gives_the_same_bits(dtype, order):
    values, features = make_points(dtype)

    def run(values, features):
        return ops.permutohedral_filter(values, features, **order)

    compiled = jit(run)(values, features)
    assert compiled.dtype == dtype
    np.testing.assert_array_equal(compiled, run(values, features))


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_gradient_gives_the_same_bits(order):
    values, features = make_points()
    target = values[:, ::-1]

    def run(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            filtered = ops.permutohedral_filter(values, features, **order)
        return tape.gradient(filtered, values, target)

    np.testing.assert_array_equal(jit(run)(values), run(values))


def test_bilateral_filter_gives_the_same_bits(photograph):
    image = photograph("astronaut", 40, 56)[tf.newaxis]
    values = tf.constant(image[..., :2])

    def run(values, image):
        # Bandwidths whose reciprocals are rounded.
        return ops.bilateral_filter(values, image, sigma_xy=7.0, sigma_rgb=13.0)

    np.testing.assert_array_equal(jit(run)(values, image), run(values, image))


IN_ANOTHER_PROCESS = """
import hashlib, sys
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
tf.function(lambda x: x + 1, jit_compile=True)(tf.ones(2))  # before the kernels load
from tf_rloss import ops
values = tf.random.stateless_normal((1, int(sys.argv[2]), 3), (1, 2))
features = tf.random.stateless_normal((1, int(sys.argv[2]), 4), (3, 4)) * 2.0
run = tf.function(ops.permutohedral_filter, jit_compile=True)
for _ in range(3):
    print(hashlib.sha256(run(values, features).numpy().tobytes()).hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_bits_do_not_depend_on_threads(threads):
    values = tf.random.stateless_normal((1, POINTS, 3), (1, 2))
    features = tf.random.stateless_normal((1, POINTS, 4), (3, 4)) * 2.0
    expected = ops.permutohedral_filter(values, features).numpy()
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(threads), str(POINTS)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    digest = hashlib.sha256(expected.tobytes()).hexdigest()
    assert printed.stdout.split() == [digest] * 3


@pytest.mark.parametrize("shape", [(0, 10, 3), (2, 0, 3), (2, 10, 0)])
def test_empty_input_gives_empty_output(shape):
    run = jit(ops.permutohedral_filter)
    assert run(tf.zeros(shape), tf.zeros((*shape[:2], 5))).shape == shape


@pytest.mark.parametrize(
    "values_shape, features_shape, message",
    [
        ((1, 10, 3), (1, 11, 2), r"`values` must be .*\(1, 11, C\).*\[1,10,3\]"),
        ((10, 3), (1, 10, 2), r"`values` must be .*\[10,3\]"),
        ((1, 10, 3), (10, 2), r"`features` must be .*\[10,2\]"),
        ((1, 10, 3), (1, 10, 9), r"`features` must have 1 to 8 .*\[1,10,9\]"),
    ],
)
def test_wrong_shapes_are_named_when_compiling(values_shape, features_shape, message):
    # Without a signature TensorFlow itself would refuse some when tracing.
    run = tf.function(
        ops.permutohedral_filter,
        input_signature=[tf.TensorSpec(None, tf.float32)] * 2,
        jit_compile=True,
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(tf.zeros(values_shape), tf.zeros(features_shape))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e7])
def test_wrong_features_are_named_as_without_xla(wrong, dtype):
    values, features = make_points(dtype)
    features = features.numpy()
    features[1, 17, 2] = wrong
    messages = []
    for run in (ops.permutohedral_filter, jit(ops.permutohedral_filter)):
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            run(values, features)
        start = raised.value.message.index("`features` must be")
        messages.append(raised.value.message[start:].partition(" [Op:")[0])
    assert messages[0] == messages[1]
    assert "features[1, 17]" in messages[0]
