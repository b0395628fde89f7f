"""Images of one to six channels, and volumes: the filter and the quadratic forms."""

import numpy as np
import pytest
import tensorflow as tf

from tests.ops.blobs import blobs
from tf_rloss import ops
from tf_rloss.ops import reference

# Bandwidths of each axis and channel, no two of them equal.
COLOURS = (16.0, 20.0, 24.0, 30.0, 33.0, 40.0)
IMAGES = [((2, 13, 17), channels) for channels in (1, 2, 4, 6)]
VOLUMES = [((2, 5, 7, 9), channels) for channels in (1, 2, 3, 5)]
every_case = pytest.mark.parametrize("shape, channels", IMAGES + VOLUMES)
ROUNDING = {tf.float32: 1e-5, tf.float64: 1e-12}  # as for RGB


def sigmas_of(shape, channels):
    """Arguments: anisotropic in a volume."""
    position = {"sigma_xy": 8.0}
    if len(shape) == 4:
        position = {"sigma_xyz": (8.0, 6.0, 2.5)}
    return {**position, "sigma_color": COLOURS[:channels]}


def example(shape, channels, *, classes=3, dtype=tf.float32):
    """Random values, a noisy ramp, and a half mask."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 200, np.prod(shape[1:])).reshape(1, *shape[1:], 1)
    image = ramp + rng.uniform(0, 40, (*shape, channels))
    region = rng.integers(0, 2, (*shape, 1))
    values = rng.uniform(0, 1, (*shape, classes))
    return tuple(tf.constant(array, dtype) for array in (values, image, region))


@every_case
def test_features_are_positions_and_channels_over_their_bandwidths(shape, channels):
    _, image, _ = example(shape, channels)
    sigmas = sigmas_of(shape, channels)
    axes = np.indices(shape[1:])[::-1]  # x, y (and z)
    position = np.moveaxis(axes, 0, -1) / sigmas.get("sigma_xyz", 8.0)
    position = np.broadcast_to(position, (*shape, len(axes)))
    colour = image / sigmas["sigma_color"]
    expected = np.concatenate([position, colour], -1).reshape(
        2, -1, position.shape[-1] + channels
    )
    np.testing.assert_allclose(
        ops.bilateral_features(image, **sigmas), expected, rtol=1e-6
    )
    del sigmas["sigma_color"]
    np.testing.assert_allclose(
        ops.spatial_features(image, **sigmas), expected[..., : len(axes)], rtol=1e-6
    )


@every_case
def test_one_number_is_the_bandwidth_of_all_axes_and_channels(shape, channels):
    values, image, _ = example(shape, channels)
    volume = len(shape) == 4
    one = {"sigma_xyz" if volume else "sigma_xy": 6.0, "sigma_color": 20.0}
    each = one | {"sigma_color": [20.0] * channels}
    if volume:
        each["sigma_xyz"] = np.full(3, 6.0)
    for function in (ops.bilateral_filter, ops.bilateral_forms):
        for same, other in zip(
            tf.nest.flatten(function(values, image, **one)),
            tf.nest.flatten(function(values, image, **each)),
            strict=True,
        ):
            np.testing.assert_array_equal(same, other)


@every_case
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("equalized", [False, True])
def test_filter_is_that_of_the_plain_lattice(shape, channels, dtype, equalized):
    values, image, _ = example(shape, channels, dtype=dtype)
    sigmas = sigmas_of(shape, channels)
    actual = ops.bilateral_filter(values, image, **sigmas, equalized=equalized)
    features = ops.bilateral_features(image, **sigmas).numpy()
    if dtype == tf.float64:  # bilateral_features are float32
        scales = np.float64(1) / np.float32(features_sigma(shape, channels))
        axes = len(shape) - 1
        position = np.moveaxis(np.indices(shape[1:])[::-1], 0, -1) * scales[:axes]
        position = np.broadcast_to(position, (*shape, axes))
        features = np.concatenate([position, image * scales[axes:]], -1)
        features = features.reshape(2, -1, axes + channels)
    for i in range(2):
        expected = reference.lattice_filter(
            values[i].numpy().reshape(-1, 3),
            features[i],
            symmetric=True,
            equalized=equalized,
        )
        difference = actual[i].numpy().reshape(-1, 3) - expected
        error = np.linalg.norm(difference) / np.linalg.norm(expected)
        assert error < ROUNDING[dtype]


def features_sigma(shape, channels):
    """The bandwidth of each feature."""
    sigmas = sigmas_of(shape, channels)
    return (*sigmas.get("sigma_xyz", (8.0, 8.0)), *sigmas["sigma_color"])


@every_case
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("masked", [False, True])
def test_forms_are_those_of_the_filter(shape, channels, dtype, masked):
    values, image, region = example(shape, channels, dtype=dtype)
    sigmas = sigmas_of(shape, channels)
    R = region if masked else tf.ones_like(region)
    WS = R * ops.bilateral_filter(values * R, image, **sigmas)
    d = R * ops.bilateral_filter(R, image, **sigmas)
    axes = list(range(1, len(shape)))
    expected = ops.QuadraticForms(
        within=tf.reduce_sum(values * WS, axis=axes),
        degree=tf.reduce_sum(values * d, axis=axes),
        total=tf.reduce_sum(R * d, axis=[*axes, -1]),
        degrees=d,
    )
    given = region if masked else None
    with tf.GradientTape() as tape:
        tape.watch(values)
        actual = ops.bilateral_forms(values, image, region=given, **sigmas)
        energy = tf.reduce_sum(actual.within - 3 * actual.degree)
    for form, wanted in zip(actual, expected, strict=True):
        scale = float(tf.reduce_max(tf.abs(wanted)))
        np.testing.assert_allclose(form, wanted, atol=ROUNDING[dtype] * scale)
    gradient, wanted = tape.gradient(energy, values), 2 * WS - 3 * d
    scale = float(tf.reduce_max(tf.abs(wanted)))
    np.testing.assert_allclose(gradient, wanted, atol=ROUNDING[dtype] * scale)


@every_case
@pytest.mark.parametrize("equalized", [False, True])
def test_gradient_is_that_of_finite_differences(shape, channels, equalized):
    values, image, region = example(shape, channels, dtype=tf.float64)
    options = {**sigmas_of(shape, channels), "region": region, "equalized": equalized}
    weights = tf.random.stateless_normal([2, 2, 3], [1, 2], dtype=tf.float64)

    def energy(values):
        forms = ops.bilateral_forms(values, image, **options)
        return tf.reduce_sum(weights[0] * forms.within + weights[1] * forms.degree)

    with tf.GradientTape() as tape:
        tape.watch(values)
        total = energy(values)
    direction = tf.random.stateless_normal(values.shape, [3, 4], dtype=tf.float64)
    along = tf.reduce_sum(tape.gradient(total, values) * direction)
    # Quadratic, so central differences have no error but rounding's.
    difference = energy(values + 0.5 * direction) - energy(values - 0.5 * direction)
    np.testing.assert_allclose(along, difference, rtol=1e-10)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("depth_known", [True, False])
def test_a_volume_of_one_slice_is_an_image(channels, depth_known):
    values, image, region = example((2, 9, 8), channels)
    logits = tf.math.log(values)
    colour = {"sigma_color": 20.0}

    def results(values, image, region, logits, **position):
        both = {**position, **colour}
        forms = ops.bilateral_forms(values, image, region=region, **both)
        kernels = [ops.bilateral_kernel(image, **both)]
        kernels.append(ops.spatial_kernel(image, **position))
        q = ops.mean_field(logits, kernels, [2.0, 1.0], iterations=2)
        return [ops.bilateral_filter(values, image, **both), *forms, q]

    expected = results(values, image, region, logits, sigma_xy=5.0)
    slices = [t[:, tf.newaxis] for t in (values, image, region, logits)]
    signature = [tf.TensorSpec([2, None, *t.shape[2:]]) for t in slices]
    volume = tf.function(
        lambda *tensors: results(*tensors, sigma_xyz=(5.0, 5.0, 2.0)),
        input_signature=None if depth_known else signature,
    )
    for actual, wanted in zip(volume(*slices), expected, strict=True):
        np.testing.assert_array_equal(tf.reshape(actual, wanted.shape), wanted)


@pytest.mark.parametrize("depth", [0, None])
def test_a_volume_without_slices_has_no_points(depth):
    features = tf.function(
        lambda image: ops.bilateral_features(image, sigma_xyz=5.0, sigma_color=20.0),
        input_signature=[tf.TensorSpec([2, depth, 4, 5, 2])],
    )
    assert features(tf.zeros((2, 0, 4, 5, 2))).shape == (2, 0, 5)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("masked", [False, True])
def test_xla_gives_the_bits_of_a_volume(dtype, masked):
    values, image, region = example((2, 4, 7, 6), 2, dtype=dtype)
    options = {**sigmas_of((2, 4, 7, 6), 2), "region": region if masked else None}

    def step(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            forms = ops.bilateral_forms(values, image, **options)
            energy = tf.reduce_sum(forms.degree - forms.within)
        return *forms, tape.gradient(energy, values)

    compiled = tf.function(step, jit_compile=True)(values)
    for actual, expected in zip(compiled, step(values), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_shapes_of_volumes_may_be_unknown():
    values, image, region = example((2, 4, 7, 6), 2)
    sigmas = sigmas_of((2, 4, 7, 6), 2)

    def use(values, image, region):
        forms = ops.bilateral_forms(values, image, region=region, **sigmas)
        return *forms, ops.bilateral_filter(values, image, **sigmas)

    for shape in ([None] * 5, None):
        traced = tf.function(use, input_signature=[tf.TensorSpec(shape)] * 3)
        results = traced(values, image, region)
        for actual, expected in zip(results, use(values, image, region), strict=True):
            np.testing.assert_array_equal(actual, expected)


def normalised(filtered):
    """W S / W 1, where the last channel of `filtered` is W 1."""
    return filtered[:, :-1] / filtered[:, -1:]


@pytest.mark.parametrize("equalized", [False, True])
@pytest.mark.parametrize(
    "shape, channels",
    [((96, 96), c) for c in (1, 2, 3, 4, 6)] + [((20, 21, 22), c) for c in (1, 2, 3)],
)
def test_normalised_filter_is_near_the_exact_one(shape, channels, equalized):
    sigmas = {"sigma_xy": 100 * 96 / 513, "sigma_color": 15.0}
    if len(shape) == 3:
        sigmas = {"sigma_xyz": (6.0, 6.0, 3.0), "sigma_color": 15.0}
    image = blobs(shape, channels)
    features = ops.bilateral_features(image[None], **sigmas)[0].numpy()
    probs = 1 / (1 + np.exp(-0.05 * (image.mean(-1).reshape(-1, 1) - image.mean())))
    values = np.concatenate([probs, 1 - probs, np.ones_like(probs)], axis=1)
    values = values.astype(np.float32)
    exact = normalised(reference.exact_filter(values, features))
    filtered = ops.bilateral_filter(
        values.reshape(1, *shape, 3), image[None], **sigmas, equalized=equalized
    )
    difference = normalised(filtered.numpy().reshape(-1, 3)) - exact
    # The bound of RGB photographs in `bilateral_test`.
    assert np.linalg.norm(difference) / np.linalg.norm(exact) <= 0.035
