"""`from_logits=True`: every loss of logits is the loss of their softmax."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

SIZE = (2, 9, 8)
RNG = np.random.default_rng(0)
LABELS = RNG.choice([0, 1, 2, 255], SIZE)
IMAGE = RNG.uniform(0, 255, (*SIZE, 3)).astype(np.float32)
SCRIBBLED = {"region": np.ones((*SIZE, 1)), "labels": LABELS}
TAGS = np.array([[1, 1, 0], [1, 0, 1]])
SIGMAS = {"sigma_xy": 4.0, "sigma_color": 60.0}

CASES = {
    "pce": (losses.partial_crossentropy, LABELS, {}),
    "pce weighted": (
        losses.partial_crossentropy,
        LABELS,
        {"class_weight": (1.0, 2.0, 3.0), "stride": 2, "normalize_by": "batch"},
    ),
    "seeding": (losses.seeding_loss, LABELS, {}),
    "expansion": (losses.expansion_loss, TAGS, {}),
    "crf": (losses.dense_crf_loss, IMAGE, SIGMAS),
    "crf half size": (losses.dense_crf_loss, IMAGE, SIGMAS | {"scale": 0.5}),
    "ncut": (losses.normalized_cut_loss, IMAGE, SIGMAS),
    "kernel cut": (losses.kernel_cut_loss, IMAGE, SIGMAS),
    "constrain": (losses.constrain_to_boundary_loss, IMAGE, {"backpropagate": True}),
    "adm": (losses.dense_crf_adm_loss, IMAGE, SCRIBBLED),
    "proposals": (losses.dense_crf_proposals, IMAGE, SCRIBBLED),
    "adm energy": (
        lambda target, probs, **options: losses.dense_crf_adm_energy(
            target, probs, np.full((*SIZE, 3), 1 / 3, np.float32), **options
        ),
        IMAGE,
        SCRIBBLED,
    ),
}
LOGITS = RNG.normal(0, 2, (*SIZE, 3)).astype(np.float32)


def value_and_gradient(function, variable):
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    return value, tape.gradient(value, variable)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("graph", [False, True])
def test_value_and_gradient_are_those_of_the_softmax(name, graph):
    loss, target, options = CASES[name]
    logits = tf.constant(LOGITS, tf.float64)

    def of_logits(x):
        return loss(target, x, from_logits=True, **options)

    def of_softmax(x):
        return loss(target, tf.nn.softmax(x), **options)

    run = tf.function(value_and_gradient) if graph else value_and_gradient
    value, gradient = run(of_logits, logits)
    expected, expected_gradient = value_and_gradient(of_softmax, logits)
    assert value.dtype == gradient.dtype == tf.float64
    # Rounding of float64 beside gradients of 1e-3 and more.
    np.testing.assert_allclose(value, expected, rtol=1e-9)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_logits_of_half_precision_are_computed_in_float32(name, dtype):
    loss, target, options = CASES[name]
    half = tf.cast(LOGITS, dtype)
    compute = functools.partial(loss, target, from_logits=True, **options)
    value, gradient = value_and_gradient(compute, half)
    assert (value.dtype, gradient.dtype) == (tf.float32, tf.as_dtype(dtype))
    np.testing.assert_array_equal(value, compute(tf.cast(half, tf.float32)))


@pytest.mark.parametrize("normalize_by", ["image", "batch"])
def test_cross_entropy_of_logits_learns_where_the_softmax_underflows(normalize_by):
    logits = tf.constant([[[[0.0, 3000.0]]]])
    value, gradient = value_and_gradient(
        lambda x: losses.partial_crossentropy(
            [[[0]]], x, from_logits=True, normalize_by=normalize_by
        ),
        logits,
    )
    np.testing.assert_array_equal(value, [3000.0])
    np.testing.assert_array_equal(gradient, [[[[-1.0, 1.0]]]])


def test_every_loss_of_probabilities_has_the_option():
    for name in losses.__all__:
        cls = getattr(losses, name)
        if isinstance(cls, type) and cls is not losses.TagCrossentropy:
            assert cls().from_logits is False
            assert cls(from_logits=True).get_config()["from_logits"] is True
    # Activation maps are scores already.
    with pytest.raises(TypeError, match="from_logits"):
        losses.TagCrossentropy(from_logits=True)


def test_the_class_passes_the_option_on():
    loss = losses.PartialCrossentropy(from_logits=True)
    expected = losses.PartialCrossentropy()(LABELS, tf.nn.softmax(LOGITS))
    np.testing.assert_allclose(loss(LABELS, LOGITS), expected, rtol=1e-5)
