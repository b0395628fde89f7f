"""The inputs that the filter refuses, and the empty ones that it accepts."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops


def filter_shapes(values_shape, features_shape):
    return ops.permutohedral_filter(
        np.zeros(values_shape, np.float32), np.zeros(features_shape, np.float32)
    )


@pytest.mark.parametrize(
    "values_shape, features_shape",
    [
        ((0, 10, 3), (0, 10, 2)),
        ((2, 0, 3), (2, 0, 2)),
        ((2, 10, 0), (2, 10, 2)),
    ],
)
def test_empty_input_gives_empty_output(values_shape, features_shape):
    assert filter_shapes(values_shape, features_shape).shape == values_shape


def test_the_plain_filter_accepts_no_points():
    filtered = ops.reference.lattice_filter(np.zeros((0, 3)), np.zeros((0, 2)))
    assert filtered.shape == (0, 3)


def test_empty_lattice_filters_nothing():
    lattice = ops.PermutohedralLattice(np.zeros((2, 0, 5), np.float32))
    assert lattice.filter(np.zeros((2, 0, 3), np.float32)).shape == (2, 0, 3)


@pytest.mark.parametrize(
    "values_shape, features_shape, message",
    [
        ((1, 10, 3), (1, 11, 2), r"`values` must be .*\(1, 11, C\).*\[1,10,3\]"),
        ((2, 10, 3), (1, 10, 2), r"`values` must be .*\(1, 10, C\).*\[2,10,3\]"),
        ((10, 3), (1, 10, 2), r"`values` must be .*\[10,3\]"),
        ((1, 10, 3), (10, 2), r"`features` must be .*\[10,2\]"),
        ((1, 10, 3), (1, 10, 9), r"`features` must have 1 to 8 .*\[1,10,9\]"),
        ((1, 10, 3), (1, 10, 0), r"`features` must have 1 to 8 .*\[1,10,0\]"),
    ],
)
def test_mismatched_shapes_are_named(values_shape, features_shape, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        filter_shapes(values_shape, features_shape)


def test_mismatched_static_shapes_are_refused_while_tracing():
    @tf.function
    def traced():
        return filter_shapes((1, 10, 3), (1, 11, 2))

    with pytest.raises(ValueError, match="must be equal"):
        traced()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_that_are_not_finite_are_named(bad, dtype):
    features = np.zeros((2, 50_000, 5), dtype)
    features[1, 40_001, 3] = bad
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"`features` must be finite. Received features\[1, 40001\]",
    ):
        ops.permutohedral_filter(np.ones((2, 50_000, 1), dtype), features)


@pytest.mark.parametrize("dim", range(1, 9))
@pytest.mark.parametrize("size", [1e5, 1e30])
def test_features_out_of_range_are_named(dim, size):
    features = np.zeros((1, 21, dim), np.float32)
    features[0, 7, dim - 1] = -size
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"magnitude up to .* Received features\[0, 7\]",
    ):
        ops.permutohedral_filter(np.ones((1, 21, 1), np.float32), features)


@pytest.mark.parametrize("dim", range(1, 9))
def test_every_feature_of_the_promised_magnitude_is_accepted(dim):
    # The bound that the error message names, read from that message.
    try:
        ops.PermutohedralLattice(np.full((1, 1, dim), 1e9, np.float32))
    except tf.errors.InvalidArgumentError as error:
        bound = float(error.message.split("up to ")[1].split(" ")[0])
    signs = np.array(np.meshgrid(*[[-1, 1]] * dim)).reshape(dim, -1).T
    features = (bound * signs)[None].astype(np.float32)
    filtered = ops.permutohedral_filter(
        np.ones((1, len(signs), 1), np.float32), features
    )
    assert np.all(filtered > 0)


def test_transpose_and_symmetric_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        ops.permutohedral_filter(
            np.ones((1, 2, 1), np.float32),
            np.ones((1, 2, 1), np.float32),
            transpose=True,
            symmetric=True,
        )


def test_a_refused_call_leaves_the_filter_usable():
    good = np.zeros((1, 30, 2), np.float32)
    values = np.ones((1, 30, 1), np.float32)
    before = ops.permutohedral_filter(values, good)
    with pytest.raises(tf.errors.InvalidArgumentError):
        ops.permutohedral_filter(values, good + np.nan)
    np.testing.assert_array_equal(ops.permutohedral_filter(values, good), before)
