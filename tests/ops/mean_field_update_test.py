"""The op of an update of mean field and that of its gradient, by themselves."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops

HEIGHT, WIDTH = 11, 9
IMAGE = np.zeros((1, HEIGHT, WIDTH, 3), np.float32)


def infer(logits, image, mixtures):
    """Two updates with two kernels, without what pixels tell themselves."""
    options = {"self_term": False, "dtype": logits.dtype}
    kernels = [
        ops.bilateral_kernel(image, sigma_xy=4.0, sigma_color=60.0, **options),
        ops.spatial_kernel(image, sigma_xy=1.5, **options),
    ]
    return ops.mean_field(logits, kernels, mixtures, iterations=2)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("classes", [1, 3, 4, 5, 8, 21])
def test_update_by_one_op_is_that_by_filters_and_softmax(dtype, classes, photograph):
    """Two images of two strips, both kinds of mixtures, and with gradients."""
    images = np.stack([photograph(n, 130, 140) for n in ("astronaut", "coffee")])
    rng = np.random.default_rng(6)
    logits = tf.constant(rng.normal(size=(2, 130, 140, classes)) * 3, dtype)
    mixtures = (1.5, tf.constant(rng.normal(size=(classes, classes)), dtype))
    weights = tf.constant(rng.normal(size=logits.shape), dtype)

    def value_and_gradients():
        with tf.GradientTape() as tape:
            tape.watch([logits, mixtures[1]])
            q = infer(logits, images, mixtures)
        return [q, *tape.gradient(q, [logits, mixtures[1]], output_gradients=weights)]

    actual = value_and_gradients()
    with ops.for_any_device():
        expected = value_and_gradients()
    # Logits of up to 20 are rounded, twice, and sums of 36,400 pixels.
    rounding = 1e-4 if dtype == tf.float32 else 1e-12
    for one, other in zip(actual, expected, strict=True):
        scale = max(1.0, np.abs(other).max())
        np.testing.assert_allclose(one, other, atol=rounding * scale)


def test_probabilities_of_logits_far_apart_are_zeros_and_ones():
    logits = np.zeros((1, HEIGHT, WIDTH, 3), np.float32)
    logits[..., 1], logits[..., 2] = 1e4, -1e30
    q = infer(tf.constant(logits), IMAGE, (1.0, 1.0))
    np.testing.assert_array_equal(q, np.broadcast_to([0, 1, 0], logits.shape))


@pytest.mark.parametrize(
    "wrong, named",
    [
        ({"logits": (1, HEIGHT * WIDTH, 2)}, "`values` must have the shape of"),
        ({"values": (1, HEIGHT * WIDTH)}, "`values` must have the shape of"),
        ({"factors": (1, HEIGHT * WIDTH, 3)}, "`before` and `after` must be"),
        (dict.fromkeys(("logits", "values"), (1, 5, 3)), "`before` and `after` must"),
        ({"logits": (1, 5, 3), "values": (1, 5, 3), "factors": (1, 5, 1)}, "batch and"),
    ],
)
def test_update_and_its_gradient_refuse_other_shapes(wrong, named):
    points = (1, HEIGHT * WIDTH)
    shapes = {"logits": (*points, 3), "values": (*points, 3), "factors": (*points, 1)}
    first, second, factors = (tf.zeros(s) for s in (shapes | wrong).values())
    kernel = ops.spatial_kernel(IMAGE, sigma_xy=1.0)
    options = {
        "lattices": [kernel.lattice.variant],
        "before": [factors],
        "after": [factors],
    }
    library = ops.load_library()
    with pytest.raises(tf.errors.InvalidArgumentError, match=named):
        library.rloss_mean_field_update(logits=first, values=[second], **options)
    named = named.replace("`values`", "`by_probs`")
    with pytest.raises(tf.errors.InvalidArgumentError, match=named):
        library.rloss_mean_field_update_gradient(
            probs=first, by_probs=second, **options
        )


def test_second_derivatives_are_those_of_any_device():
    logits = np.random.default_rng(7).normal(size=(1, HEIGHT, WIDTH, 2))
    logits = tf.constant(logits)

    def curvature():
        with tf.GradientTape() as outer:
            outer.watch(logits)
            with tf.GradientTape() as inner:
                inner.watch(logits)
                score = tf.reduce_sum(infer(logits, IMAGE, (1.0, 1.0))[..., 0] ** 2)
            gradient = inner.gradient(score, logits)[..., 0]
        return outer.gradient(gradient, logits)

    with pytest.raises(ValueError, match="no second derivative"):
        curvature()
    with ops.for_any_device():
        assert np.abs(curvature()).max() > 1e-3
