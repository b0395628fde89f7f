"""Quadratic forms: against the filter they are made of, their gradient, refusals."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

BANDWIDTHS = {"sigma_xy": 8.0, "sigma_color": 16.0}
# Sums of some thousand products of float32; in float64 far less is left.
ROUNDING = {tf.float32: 1e-5, tf.float64: 1e-12}


def example(shape, *, dtype=tf.float32, colours=3, seed=0):
    """Random values (B, H, W, C), a noisy ramp of an image, and a half mask."""
    rng = np.random.default_rng(seed)
    batch, height, width, _ = shape
    ramp = np.linspace(0, 200, height * width).reshape(1, height, width, 1)
    image = ramp + rng.uniform(0, 40, (batch, height, width, colours))
    region = rng.integers(0, 2, (batch, height, width, 1))
    values = rng.uniform(0, 1, shape)
    return tuple(tf.constant(a, dtype) for a in (values, image, region))


def forms_by_filter(values, image, region):
    """The forms by their definitions, W applied with `permutohedral_filter`."""
    shape = values.shape
    S = tf.reshape(values * region, [shape[0], -1, shape[3]])
    ones = tf.reshape(region, [shape[0], -1, 1])
    y, x = np.mgrid[: shape[1], : shape[2]]
    position = np.broadcast_to(np.stack([x, y], axis=-1), [*shape[:3], 2])
    features = np.concatenate(
        [position / BANDWIDTHS["sigma_xy"], image / BANDWIDTHS["sigma_color"]], axis=-1
    ).reshape(shape[0], -1, 2 + image.shape[-1])
    WS = ops.permutohedral_filter(S, features, symmetric=True)
    d = ops.permutohedral_filter(ones, features, symmetric=True)
    return ops.QuadraticForms(
        within=tf.reduce_sum(S * WS, axis=1),
        degree=tf.reduce_sum(S * d, axis=1),
        total=tf.reduce_sum(ones * d, axis=[1, 2]),
        degrees=tf.reshape(ones * d, [*shape[:3], 1]),
    )


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize(
    ("shape", "colours"),
    [
        ((2, 13, 17, 3), 3),
        ((1, 1, 1, 1), 3),
        ((1, 1, 9, 4), 3),
        ((3, 8, 5, 7), 1),  # with the ones eight channels: a whole vector
        ((1, 9, 9, 8), 3),  # the ones in a vector of their own
        ((1, 6, 7, 21), 6),
        ((1, 150, 130, 2), 3),  # more than one strip
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_forms_are_those_of_the_filter(dtype, shape, colours, masked):
    values, image, region = example(shape, dtype=dtype, colours=colours)
    given = region if masked else None
    expected = forms_by_filter(
        values, image, region if masked else tf.ones_like(region)
    )
    actual = ops.bilateral_forms(values, image, region=given, **BANDWIDTHS)
    for form, wanted in zip(actual, expected, strict=True):
        scale = max(1e-30, float(tf.reduce_max(tf.abs(wanted))))
        np.testing.assert_allclose(form, wanted, atol=ROUNDING[dtype] * scale)


@pytest.mark.parametrize("masked", [False, True])
def test_gradient_is_that_of_finite_differences(masked):
    values, image, region = example((2, 7, 6, 3), dtype=tf.float64)
    region = region if masked else None
    weights = tf.random.stateless_normal([2, 2, 3], [1, 2], dtype=tf.float64)

    def energy(values):
        forms = ops.bilateral_forms(values, image, region=region, **BANDWIDTHS)
        return tf.reduce_sum(weights[0] * forms.within + weights[1] * forms.degree)

    with tf.GradientTape() as tape:
        tape.watch(values)
        total = energy(values)
    gradient = tape.gradient(total, values)
    direction = tf.random.stateless_normal(values.shape, [3, 4], dtype=tf.float64)
    # Quadratic, so central differences have no error but rounding's.
    difference = energy(values + 0.5 * direction) - energy(values - 0.5 * direction)
    np.testing.assert_allclose(
        tf.reduce_sum(gradient * direction), difference, rtol=1e-10
    )


def test_nothing_goes_in_or_out_of_the_region():
    values, image, region = example((1, 12, 12, 2))
    other = values + 5 * (1 - region)
    with tf.GradientTape() as tape:
        tape.watch(values)
        forms = ops.bilateral_forms(values, image, region=region, **BANDWIDTHS)
    gradient = tape.gradient([forms.within, forms.degree], values)
    same = ops.bilateral_forms(other, image, region=region, **BANDWIDTHS)
    np.testing.assert_array_equal(forms.within, same.within)
    np.testing.assert_array_equal(gradient * (1 - region), tf.zeros_like(values))


def test_a_batch_is_its_images():
    values, image, region = example((3, 20, 11, 5))
    batch = ops.bilateral_forms(values, image, region=region, **BANDWIDTHS)
    for i in range(3):
        one = slice(i, i + 1)
        single = ops.bilateral_forms(
            values[one], image[one], region=region[one], **BANDWIDTHS
        )
        for form, wanted in zip(batch, single, strict=True):
            np.testing.assert_array_equal(form[one], wanted)


def test_an_empty_batch_has_no_forms():
    forms = ops.bilateral_forms(*example((0, 4, 4, 3))[:2], **BANDWIDTHS)
    assert forms.within.shape == (0, 3)
    assert forms.degrees.shape == (0, 4, 4, 1)


def test_no_pixels_have_zero_forms():
    forms = ops.bilateral_forms(*example((2, 0, 4, 3))[:2], **BANDWIDTHS)
    np.testing.assert_array_equal(forms.within, np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("values_shape", "image_shape", "region_shape", "message"),
    [
        ((1, 4, 5, 2), (1, 4, 6, 3), None, r"`values` must be .*\[1,4,5,2\]"),
        ((1, 4, 5), (1, 4, 5, 3), None, r"`values` must be .*\[1,4,5\]"),
        ((1, 4, 5, 0), (1, 4, 5, 3), None, r"at least one channel.*\[1,4,5,0\]"),
        ((1, 4, 5, 2), (1, 4, 5, 7), None, r"C from 1 to 6\..*\(1, 4, 5, 7\)"),
        ((1, 4, 5, 2), (4, 5, 3), None, r"`image` must be .*\(4, 5, 3\)"),
        ((1, 4, 5, 2), (1, 4, 5, 3), (1, 4, 5, 3), r"`region` must be .*\[1,4,5,3\]"),
    ],
)
def test_wrong_shapes_are_named(values_shape, image_shape, region_shape, message):
    region = None if region_shape is None else tf.ones(region_shape)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=message):
        ops.bilateral_forms(
            tf.ones(values_shape), tf.ones(image_shape), region=region, **BANDWIDTHS
        )


def test_the_pixel_at_fault_is_named():
    image = np.zeros((2, 5, 7, 3), np.float32)
    image[1, 3, 2, 1] = np.nan
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"`image` must be finite.*image\[1, 3, 2\] = \[0, nan, 0\]",
    ):
        ops.bilateral_forms(tf.ones((2, 5, 7, 2)), image, **BANDWIDTHS)


def test_too_small_bandwidths_are_refused():
    image = np.full((1, 2, 2, 3), 255, np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="use larger bandwidths"):
        ops.bilateral_forms(
            tf.ones((1, 2, 2, 2)), image, sigma_xy=10.0, sigma_color=0.01
        )


@pytest.mark.parametrize("bandwidths", [(0.0, 1.0), (1.0, -1.0), (np.inf, 1.0)])
def test_bandwidths_must_be_positive_and_finite(bandwidths):
    sigma_xy, sigma_color = bandwidths
    with pytest.raises(ValueError, match="must be a positive number"):
        ops.bilateral_forms(
            tf.ones((1, 2, 2, 2)),
            tf.ones((1, 2, 2, 3)),
            sigma_xy=sigma_xy,
            sigma_color=sigma_color,
        )


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("masked", [False, True])
def test_xla_gives_the_same_bits(dtype, masked):
    values, image, region = example((2, 9, 14, 5), dtype=dtype)
    region = region if masked else None

    def step(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            forms = ops.bilateral_forms(values, image, region=region, **BANDWIDTHS)
            energy = tf.reduce_sum(forms.degree - forms.within)
        return *forms, tape.gradient(energy, values)

    compiled = tf.function(step, jit_compile=True)(values)
    for actual, expected in zip(compiled, step(values), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_xla_names_the_pixel_at_fault():
    image = np.full((1, 4, 4, 3), np.inf, np.float32)
    compiled = tf.function(ops.bilateral_forms, jit_compile=True)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"image\[0, 0, 0\] = \[inf, inf, inf\]"
    ):
        compiled(tf.ones((1, 4, 4, 2)), image, **BANDWIDTHS)


def test_xla_accepts_an_empty_batch():
    compiled = tf.function(ops.bilateral_forms, jit_compile=True)
    forms = compiled(*example((0, 4, 4, 3))[:2], **BANDWIDTHS)
    assert forms.degrees.shape == (0, 4, 4, 1)


def test_a_second_derivative_is_refused_in_a_sentence():
    values = tf.ones((1, 4, 4, 2))
    image = np.zeros((1, 4, 4, 3), np.float32)
    with tf.GradientTape() as outer:
        outer.watch(values)
        with tf.GradientTape() as inner:
            inner.watch(values)
            forms = ops.bilateral_forms(values, image, sigma_xy=3.0, sigma_color=10.0)
        gradient = inner.gradient(forms.within, values)
    with pytest.raises(ValueError, match="have no second derivative"):
        outer.gradient(gradient, values)
