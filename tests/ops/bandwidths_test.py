"""Bandwidths as numbers and as tensors, known or computed in the run."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

BAD = (0.0, -1.0, float("nan"), float("inf"))
VALUES = tf.constant(np.random.default_rng(0).random((1, 5, 6, 2), np.float32))
IMAGE = tf.constant(np.random.default_rng(1).random((1, 5, 6, 3), np.float32) * 255)


def filtered(sigma_xy, sigma_color=16.0):
    return ops.bilateral_filter(
        VALUES, IMAGE, sigma_xy=sigma_xy, sigma_color=sigma_color
    )


def within(sigma_xy, sigma_color=16.0):
    forms = ops.bilateral_forms(
        VALUES, IMAGE, sigma_xy=sigma_xy, sigma_color=sigma_color
    )
    return forms.within


def filtered_by_features(sigma_xy, sigma_color=16.0):
    sigmas = {"sigma_xy": sigma_xy, "sigma_color": sigma_color}
    features = ops.bilateral_features(IMAGE, **sigmas)
    points = tf.reshape(VALUES, (1, 30, 2))
    return ops.permutohedral_filter(points, features, symmetric=True)


def smoothed(sigma_xy):
    kernel = ops.spatial_kernel(IMAGE, sigma_xy=sigma_xy)
    return ops.mean_field(VALUES, [kernel], [3.0], iterations=2)


def inferred(sigma_xy, sigma_color=16.0):
    kernel = ops.bilateral_kernel(IMAGE, sigma_xy=sigma_xy, sigma_color=sigma_color)
    return ops.mean_field(VALUES, [kernel], [3.0], iterations=2)


USERS = (filtered, within, filtered_by_features, smoothed, inferred)
users = pytest.mark.parametrize("use", USERS)
of_features = pytest.mark.parametrize("use", USERS[2:])
compiled = pytest.mark.parametrize("jit_compile", [False, True])


@users
@compiled
@pytest.mark.parametrize("make", [float, tf.constant])
def test_a_known_bandwidth_may_be_a_tensor(use, jit_compile, make):
    traced = tf.function(lambda: use(make(3.0)), jit_compile=jit_compile)
    # Compiled softmax may round otherwise.
    np.testing.assert_allclose(traced(), use(3.0), rtol=1e-5)


@users
@compiled
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_constant_is_refused_when_it_is_traced(use, jit_compile, bad):
    for traced in (lambda: use(tf.constant(bad)), lambda: use(bad)):
        with pytest.raises(ValueError, match="`sigma_xy` must be a positive number"):
            tf.function(traced, jit_compile=jit_compile, autograph=False)()


@of_features
@compiled
def test_a_bandwidth_can_be_computed_in_the_run(use, jit_compile):
    traced = tf.function(use, jit_compile=jit_compile)
    np.testing.assert_allclose(traced(tf.constant(3.0)), use(3.0), rtol=1e-5)


@of_features
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_bandwidth_of_the_run_is_refused_in_the_run(use, bad):
    message = "`sigma_xy` must be positive and finite. Received: sigma_xy ="
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        tf.function(use)(tf.constant(bad))


@of_features
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_bandwidth_of_a_compiled_run_is_refused_as_a_feature(use, bad):
    message = "`features` must be finite"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        tf.function(use, jit_compile=True)(tf.constant(bad))


@pytest.mark.parametrize("use", USERS[:2])
@compiled
@pytest.mark.parametrize("name", ["sigma_xy", "sigma_color"])
def test_attributes_cannot_be_computed_in_the_run(use, jit_compile, name):
    sigmas = {"sigma_xy": 3.0, name: tf.constant(3.0)}
    traced = tf.function(use, jit_compile=jit_compile)
    message = f"`{name}` must be a number, or a tensor whose value is known"
    with pytest.raises(ValueError, match=message):
        traced(**sigmas)


def test_a_bandwidth_of_each_image_is_refused():
    with pytest.raises(ValueError, match=r"must be a number \(pixels\).*shape=\(2,\)"):
        ops.spatial_features(IMAGE, sigma_xy=tf.constant([1.0, 2.0]))


@compiled
@pytest.mark.parametrize("bad", [*BAD, 1e39])
def test_the_op_refuses_bad_attributes_by_itself(jit_compile, bad):
    @tf.function(jit_compile=jit_compile)
    def forms():
        return ops.load_library().rloss_bilateral_forms(
            values=VALUES,
            image=IMAGE,
            region=tf.zeros([0, 0, 0, 1]),
            sigma_xyz=[3.0, bad],
            sigma_color=[16.0],
        )

    with pytest.raises(tf.errors.InvalidArgumentError, match="positive and finite"):
        forms()
