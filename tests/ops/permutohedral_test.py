"""The compiled filter against the plain references, and its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.ops import reference

ORDERS = ({}, {"transpose": True}, {"symmetric": True})


def make_points(count, dim, channels, *, batch=1, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(batch, count, dim)) * 2
    values = rng.normal(size=(batch, count, channels))
    return values.astype(dtype), features.astype(dtype)


def relative_error(actual, expected):
    return np.linalg.norm(actual - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("dim", range(1, 9))
def test_filter_agrees_with_plain_lattice(dim, order):
    values, features = make_points(300, dim, 5)
    actual = ops.permutohedral_filter(values, features, **order)
    expected = reference.lattice_filter(values[0], features[0], **order)
    # Same simplices, so only float32 sums differ: a few 1e-7 measured.
    assert relative_error(actual[0], expected) < 1e-5


def test_float64_filter_agrees_with_plain_lattice_to_float64():
    values, features = make_points(300, 5, 3, dtype=np.float64)
    actual = ops.permutohedral_filter(values, features)
    expected = reference.lattice_filter(values[0], features[0])
    assert actual.dtype == tf.float64
    assert relative_error(actual[0], expected) < 1e-13


@pytest.mark.parametrize("channels", [1, 2, 4, 5, 8, 21, 150])
def test_channels_are_filtered_independently(channels):
    values, features = make_points(200, 5, channels)
    together = ops.permutohedral_filter(values, features).numpy()
    for channel in {0, channels // 2, channels - 1}:
        alone = ops.permutohedral_filter(
            values[..., channel : channel + 1], features
        ).numpy()
        np.testing.assert_array_equal(together[..., channel], alone[..., 0])


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_adjoint_order_is_the_adjoint(order):
    values, features = make_points(500, 5, 3, seed=1)
    others = make_points(500, 5, 3, seed=2)[0]
    adjoint = {"transpose": True} if not order else {}
    adjoint = order if order.get("symmetric") else adjoint
    left = np.vdot(others, ops.permutohedral_filter(values, features, **order))
    right = np.vdot(ops.permutohedral_filter(others, features, **adjoint), values)
    scale = np.linalg.norm(others) * np.linalg.norm(values)
    # float32 sums over 1,500 numbers.
    assert abs(left - right) / scale < 1e-5


def test_one_order_alone_is_not_symmetric_but_the_mean_is(photograph):
    image = photograph("astronaut", 65, 71)[None]
    features = ops.bilateral_features(image, sigma_xy=13.0, sigma_color=15.0)
    rng = np.random.default_rng(3)
    values = rng.random((1, 65 * 71, 2), np.float32)

    def asymmetry(**order):
        # W - W' on one side, seen through random values.
        if order:
            forward = ops.permutohedral_filter(values, features, **order)
            basis = rng.random(values.shape, np.float32)
            back = ops.permutohedral_filter(basis, features, **order)
            return abs(np.vdot(basis, forward) - np.vdot(back, values)) / np.vdot(
                basis, forward
            )
        forward = ops.permutohedral_filter(values, features).numpy()
        reverse = ops.permutohedral_filter(values, features, transpose=True)
        return relative_error(forward, reverse.numpy())

    assert asymmetry() > 1e-3  # or the symmetric form would be needless
    assert asymmetry(symmetric=True) < 1e-6  # rounding of float32


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_gradient_agrees_with_finite_differences_in_float64(order):
    values, features = make_points(30, 3, 2, dtype=np.float64)

    def filtered(values):
        return ops.permutohedral_filter(values, features, **order)

    analytic, numeric = tf.test.compute_gradient(filtered, [tf.constant(values)])
    # The filter is linear: central differences are exact up to rounding.
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-8)


def test_gradient_of_the_gradient_is_the_filter_again():
    values, features = make_points(40, 4, 2, dtype=np.float64)
    values, weight = tf.constant(values), tf.Variable(np.ones_like(values))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(values)
            total = tf.reduce_sum(weight * ops.permutohedral_filter(values, features))
        gradient = inner.gradient(total, values)  # W' weight
        energy = tf.reduce_sum(gradient * values)
    second = outer.gradient(energy, weight)
    expected = ops.permutohedral_filter(values, features)
    np.testing.assert_allclose(second, expected, rtol=1e-10)


def test_features_have_no_gradient():
    values, features = (tf.constant(a) for a in make_points(20, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch([values, features])
        filtered = ops.permutohedral_filter(values, features)
    gradients = tape.gradient(filtered, [values, features])
    assert gradients[0] is not None
    assert gradients[1] is None


def test_batch_equals_single_images():
    values, features = make_points(700, 5, 3, batch=4)
    together = ops.permutohedral_filter(values, features).numpy()
    for i in range(4):
        alone = ops.permutohedral_filter(values[i : i + 1], features[i : i + 1])
        np.testing.assert_array_equal(together[i], alone[0])


def test_filters_run_side_by_side_on_the_threads_that_there_are():
    """Each has three strips; none may wait for a thread that others keep busy."""
    values, features = make_points(40_000, 3, 2)
    filtered = tf.data.Dataset.range(1, 9).map(
        lambda i: ops.permutohedral_filter(tf.cast(i, tf.float32) * values, features),
        num_parallel_calls=8,
    )
    for i, actual in enumerate(filtered, start=1):
        alone = ops.permutohedral_filter(np.float32(i) * values, features)
        np.testing.assert_array_equal(actual, alone)


@pytest.mark.parametrize(
    "dtype, resolution", [(tf.float16, 2**-11), (tf.bfloat16, 2**-8)], ids=str
)
def test_half_types_round_only_input_and_output(dtype, resolution):
    values, features = make_points(400, 5, 3)
    values = tf.cast(np.abs(values), dtype)
    filtered = ops.permutohedral_filter(values, features)
    assert filtered.dtype == dtype
    exact = ops.permutohedral_filter(tf.cast(values, tf.float32), features)
    error = np.abs(tf.cast(filtered, tf.float32) - exact)
    # One rounding of the output, to nearest: half of the type's resolution.
    assert np.all(error <= resolution * np.abs(exact))


def test_float16_sums_do_not_overflow_inside():
    # 5,000 equal points sum to far more than 65,504 before the gain; values
    # of 1e-2 keep the result in range.
    values = tf.fill([1, 100_000, 1], tf.constant(1e-2, tf.float16))
    features = tf.zeros([1, 100_000, 2])
    filtered = ops.permutohedral_filter(values, features)
    assert np.all(np.isfinite(filtered.numpy()))


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_lattice_built_once_filters_like_the_op(order):
    values, features = make_points(600, 5, 7, batch=2)
    lattice = ops.PermutohedralLattice(features)
    for scale in (1.0, -2.0):
        actual = lattice.filter(scale * values, **order)
        expected = ops.permutohedral_filter(scale * values, features, **order)
        np.testing.assert_array_equal(actual, expected)


def test_lattice_filters_and_differentiates_inside_a_loop():
    values, features = make_points(50, 3, 2, dtype=np.float64)

    @tf.function
    def iterate(values):
        lattice = ops.PermutohedralLattice(features, dtype=tf.float64)
        for _ in tf.range(3):
            values = tf.tanh(0.1 * lattice.filter(values, symmetric=True))
        return values

    analytic, numeric = tf.test.compute_gradient(iterate, [tf.constant(values)])
    # Central differences of a smooth function, step 1e-3: error of 1e-6.
    np.testing.assert_allclose(analytic[0], numeric[0], atol=1e-5)


def test_lattice_of_another_type_is_refused():
    values, features = make_points(10, 2, 1, dtype=np.float64)
    lattice = ops.PermutohedralLattice(features, dtype=tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="`lattice` must come"):
        lattice.filter(values)


def test_identical_points_share_their_values():
    # N equal points: W is constant, so every output is the same sum.
    values = make_points(100, 5, 2)[0]
    filtered = ops.permutohedral_filter(values, np.ones((1, 100, 5), np.float32))
    np.testing.assert_allclose(
        filtered[0], np.broadcast_to(filtered[0, :1], (100, 2)), rtol=1e-5
    )


@pytest.mark.large
def test_offsets_beyond_32_bits_are_right():
    # 16 images of 1025 x 1025 with 21 channels and rows of 24.
    points = 1025 * 1025
    features = tf.random.stateless_uniform([1, points, 2], [1, 2], 0.0, 50.0)
    values = tf.random.stateless_uniform([1, points, 21], [3, 4])
    single = ops.permutohedral_filter(values, features)
    batch = ops.permutohedral_filter(
        tf.tile(values, [16, 1, 1]), tf.tile(features, [16, 1, 1])
    )
    for i in (0, 15):
        np.testing.assert_array_equal(batch[i], single[0])
