"""Bandwidths of volumes and of channels, and what does not fit them."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops


def test_the_voxel_at_fault_is_named():
    image = np.zeros((2, 3, 5, 4, 1), np.float32)
    image[1, 2, 3, 1] = np.nan
    message = (
        r"\[1, 2, 3, 1\] = \[nan\] with sigma_xyz = \[8, 8, 2\] and sigma_color = 9"
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        ops.bilateral_forms(
            tf.ones((2, 3, 5, 4, 1)), image, sigma_xyz=(8, 8, 2), sigma_color=9.0
        )


def test_images_and_volumes_are_told_apart_by_their_bandwidths():
    flat, solid = tf.ones((1, 3, 4, 1)), tf.ones((1, 2, 3, 4, 1))
    for function in (ops.bilateral_filter, ops.bilateral_forms):
        with pytest.raises(ValueError, match=r"Images need `sigma_xy`, and volumes"):
            function(flat, flat, sigma_color=1.0)
        with pytest.raises(ValueError, match="must be"):
            function(solid, solid, sigma_xy=1.0, sigma_color=1.0)
        with pytest.raises(ValueError, match="must be"):
            function(flat, flat, sigma_xyz=1.0, sigma_color=1.0)
    with pytest.raises(ValueError, match="need both `sigma_xyz` and `spatial_sigma_x"):
        ops.DenseCRFSettings(sigma_xyz=3.0)


@pytest.mark.parametrize(
    "sigmas",
    [
        {"sigma_xyz": (1.0, 2.0), "sigma_color": 1.0},
        {"sigma_xyz": tf.constant([1.0, 2.0]), "sigma_color": 1.0},
        {"sigma_xyz": 1.0, "sigma_color": (1.0, 2.0, 3.0)},
        {"sigma_xyz": 1.0, "sigma_color": (1.0, -2.0)},
    ],
)
def test_bandwidths_that_do_not_fit_are_refused(sigmas):
    volume = tf.ones((1, 2, 3, 4, 2))
    for function in (ops.bilateral_filter, ops.bilateral_forms):
        with pytest.raises(ValueError, match=r"`sigma_(xyz|color)` must be a"):
            function(volume, volume, **sigmas)
    with pytest.raises(ValueError, match=r"`sigma_(xyz|color)` must be a"):
        ops.bilateral_features(volume, **sigmas)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_bandwidths_of_each_axis_may_be_computed_in_the_run(jit_compile):
    image = np.random.default_rng(0).uniform(0, 255, (2, 3, 5, 4, 2))

    def features(sigma_xyz, sigma_color):
        return ops.bilateral_features(
            image, sigma_xyz=sigma_xyz, sigma_color=sigma_color
        )

    traced = tf.function(features, jit_compile=jit_compile)
    given = tf.constant([4.0, 3.0, 2.0]), tf.constant([9.0, 7.0])
    np.testing.assert_allclose(traced(*given), features(*given), rtol=1e-6)
    if not jit_compile:
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be positive"):
            traced(tf.constant([4.0, 0.0, 2.0]), given[1])
