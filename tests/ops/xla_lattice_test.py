"""Under XLA a lattice is its features: the same values, within one program."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

STEPS = 3


def make_points(dtype=tf.float32):
    rng = np.random.default_rng(0)
    values = tf.cast(rng.uniform(size=(2, 300, 4)), dtype)
    return values, tf.cast(rng.normal(size=(2, 300, 3)) * 2, dtype)


def unrolled(values, features):
    lattice = ops.PermutohedralLattice(features, values.dtype)
    for _ in range(STEPS):
        values = 0.1 * lattice.filter(values, transpose=True)
    return values


def looped(values, features):
    lattice = ops.PermutohedralLattice(features, values.dtype)
    for _ in tf.range(STEPS):
        values = 0.1 * lattice.filter(values, transpose=True)
    return values


def with_gradient(function):
    function = tf.function(function)

    def run(values, features):
        with tf.GradientTape() as tape:
            tape.watch(values)
            result = function(values, features)
        return result, tape.gradient(result, values)

    return run


@pytest.mark.parametrize("function", [unrolled, looped], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64], ids=lambda d: d.name)
def test_filters_and_their_gradient_give_the_same_bits(function, dtype):
    run = with_gradient(function)
    points = make_points(dtype)
    compiled = tf.function(run, jit_compile=True)(*points)
    for actual, expected in zip(compiled, tf.function(run)(*points), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16], ids=lambda d: d.name)
def test_half_types_are_filtered_on_float32_lattices(dtype):
    values, features = make_points()
    values = tf.cast(values, dtype)

    def run(values, features):
        return ops.PermutohedralLattice(features, dtype).filter(values)

    compiled = tf.function(run, jit_compile=True)(values, features)
    np.testing.assert_array_equal(compiled, run(values, features))


def test_lattice_of_another_type_is_named():
    values, features = make_points(tf.float64)

    @tf.function(jit_compile=True)
    def run(values, features):
        return ops.PermutohedralLattice(features).filter(values)

    message = "`lattice` must come from PermutohedralLattice .* type double"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(values, features)


def test_lattice_of_too_many_features_is_named():
    @tf.function(jit_compile=True)
    def run(features):
        return ops.PermutohedralLattice(features).filter(tf.ones((1, 10, 2)))

    with pytest.raises(tf.errors.InvalidArgumentError, match="must have 1 to 8"):
        run(tf.zeros((1, 10, 9)))
