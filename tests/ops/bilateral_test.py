"""The bilateral affinity against the exact dense sum, on photographs."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.ops import reference

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea")


def test_features_are_positions_and_colours_over_bandwidths():
    image = np.arange(2 * 3 * 3, dtype=np.float32).reshape(1, 2, 3, 3)
    features = ops.bilateral_features(image, sigma_xy=2.0, sigma_rgb=10.0)
    assert features.shape == (1, 6, 5)
    # Row-major order: the last pixel is at x = 2, y = 1.
    np.testing.assert_allclose(features[0, 5], [1.0, 0.5, 1.5, 1.6, 1.7])


def test_spatial_features_are_the_positions_of_bilateral_ones():
    image = np.zeros((2, 4, 3, 3), np.float32)
    features = ops.spatial_features(image, sigma_xy=3.0)
    expected = ops.bilateral_features(image, sigma_xy=3.0, sigma_rgb=1.0)[..., :2]
    np.testing.assert_array_equal(features, expected)


def normalised(filtered):
    """W S / W 1, where the last channel of `filtered` is W 1."""
    return filtered[:, :-1] / filtered[:, -1:]


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_normalised_filter_is_near_the_exact_one(name, photograph):
    size, sigma_xy, sigma_rgb = 128, 100 * 128 / 513, 15.0
    image = photograph(name, size, size)
    features = ops.bilateral_features(image[None], sigma_xy, sigma_rgb)[0].numpy()
    # Two classes: a soft segmentation by brightness, and its complement.
    brightness = image.mean(axis=-1).reshape(-1, 1) / 255
    probs = 1 / (1 + np.exp(-20 * (brightness - brightness.mean())))
    values = np.concatenate([probs, 1 - probs, np.ones_like(probs)], axis=1)
    values = values.astype(np.float32)

    exact = normalised(reference.exact_filter(values, features))

    def error(filtered):
        difference = normalised(filtered) - exact
        return np.linalg.norm(difference) / np.linalg.norm(exact)

    ours = error(
        ops.bilateral_filter(
            values.reshape(1, size, size, 3),
            image[None],
            sigma_xy=sigma_xy,
            sigma_rgb=sigma_rgb,
        )
        .numpy()
        .reshape(-1, 3)
    )
    usual = error(ops.permutohedral_filter(values[None], features[None])[0].numpy())
    # 2.7 to 3.3 % is what this lattice's blur costs at two classes.
    assert ours <= 0.035
    # Averaging two orders of the blur loses nothing; 1 % for rounding.
    assert ours <= 1.01 * usual


@pytest.mark.parametrize("height, width", [(1, 1), (1, 7), (65, 71)])
def test_filter_agrees_with_plain_lattice_at_any_size(height, width, photograph):
    image = photograph("coffee", height, width)
    values = np.random.default_rng(0).random((1, height, width, 3), np.float32)
    actual = ops.bilateral_filter(values, image[None], sigma_xy=9.0, sigma_rgb=15.0)
    features = ops.bilateral_features(image[None], 9.0, 15.0)[0].numpy()
    expected = reference.lattice_filter(values.reshape(-1, 3), features, symmetric=True)
    error = np.linalg.norm(actual.numpy().reshape(-1, 3) - expected)
    assert error / np.linalg.norm(expected) < 1e-5


@pytest.mark.slow
def test_full_size_photograph_agrees_with_plain_lattice(photograph):
    image = photograph("astronaut", 513, 513)
    values = np.random.default_rng(0).random((1, 513, 513, 2), np.float32)
    actual = ops.bilateral_filter(values, image[None], sigma_xy=100.0, sigma_rgb=15.0)
    features = ops.bilateral_features(image[None], 100.0, 15.0)[0].numpy()
    expected = reference.lattice_filter(values.reshape(-1, 2), features, symmetric=True)
    error = np.linalg.norm(actual.numpy().reshape(-1, 2) - expected)
    assert error / np.linalg.norm(expected) < 1e-5


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@pytest.mark.parametrize("channels", [1, 3, 8, 21])
def test_filter_has_the_bits_of_the_one_on_its_features(channels, dtype, photograph):
    image = np.stack([photograph(name, 150, 130) for name in ("astronaut", "coffee")])
    values = np.random.default_rng(0).random((2, 150, 130, channels))
    values = tf.cast(values, dtype)
    with tf.GradientTape() as tape:
        tape.watch(values)
        actual = ops.bilateral_filter(values, image, sigma_xy=9.0, sigma_rgb=15.0)
    gradient = tape.gradient(actual, values, output_gradients=values)
    features = ops.bilateral_features(image, 9.0, 15.0)
    points = tf.reshape(values, [2, -1, channels])
    expected = ops.permutohedral_filter(points, features, symmetric=True)
    expected = tf.reshape(expected, values.shape)
    assert actual.dtype == dtype
    np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(gradient, expected)  # the filter is its own adjoint


def test_self_term_is_included():
    # One pixel: W is the filter's own gain at distance zero. The lattice
    # attenuates, so it is below one, but far from nothing.
    one = ops.bilateral_filter(
        np.ones((1, 1, 1, 1), np.float32),
        np.zeros((1, 1, 1, 3), np.float32),
        sigma_xy=1.0,
        sigma_rgb=1.0,
    )
    assert 0.3 < float(tf.squeeze(one)) <= 1.0


def test_filter_runs_with_unknown_shapes():
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, None]),
            tf.TensorSpec([None, None, None, 3]),
        ]
    )
    def filtered(values, image):
        return ops.bilateral_filter(values, image, sigma_xy=3.0, sigma_rgb=15.0)

    assert filtered(tf.ones([2, 5, 7, 4]), tf.ones([2, 5, 7, 3])).shape == (2, 5, 7, 4)


@pytest.mark.parametrize("name", ["sigma_xy", "sigma_rgb"])
@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_bandwidths_must_be_positive_and_finite(name, bad):
    sigmas = {"sigma_xy": 1.0, "sigma_rgb": 1.0, name: bad}
    with pytest.raises(ValueError, match=f"`{name}` must be a positive number"):
        ops.bilateral_filter(
            np.ones((1, 2, 2, 1), np.float32), np.ones((1, 2, 2, 3)), **sigmas
        )


def test_image_and_values_of_other_sizes_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="`values` must be"):
        ops.bilateral_filter(
            np.ones((1, 4, 4, 2), np.float32),
            np.ones((1, 4, 5, 3), np.float32),
            sigma_xy=3.0,
            sigma_rgb=15.0,
        )


def test_channels_of_the_image_are_checked():
    with pytest.raises(ValueError, match=r"`image` must be .*\(1, 2, 2, 4\)"):
        ops.bilateral_features(np.ones((1, 2, 2, 4)), 1.0, 1.0)
