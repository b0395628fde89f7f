"""Losses of images without pixels, and of batches without images, in every mode."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import losses

SIZES = [(2, 0, 8), (2, 9, 0), (0, 4, 4), (2, 0, 0)]
CRF = {"sigma_xy": 5.0, "sigma_rgb": 20.0}


def of_labels(function, **options):
    return lambda size, probs: function(tf.zeros(size, tf.uint8), probs, **options)


def of_tags(function, **options):
    return lambda size, probs: function(tf.ones((size[0], 3)), probs, **options)


def of_image(function, **options):
    return lambda size, probs: function(tf.zeros((*size, 3)), probs, **options)


CASES = {
    "partial_crossentropy": of_labels(losses.partial_crossentropy, stride=8),
    "seeding": of_labels(losses.seeding_loss, stride=8),
    "expansion": of_tags(losses.expansion_loss, stride=2),
    "constrain": of_image(
        losses.constrain_to_boundary_loss, stride=2, num_iterations=2, **CRF
    ),
    "constrain, no update": of_image(
        losses.constrain_to_boundary_loss, backpropagate=True, num_iterations=0, **CRF
    ),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("jit", [None, False, True])
def test_the_value_is_zero_and_the_gradient_has_the_shape(name, size, jit):
    def value_and_gradient(probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = CASES[name](size, probs)
        return value, tape.gradient(value, probs)

    if jit is not None:
        value_and_gradient = tf.function(value_and_gradient, jit_compile=jit)
    value, gradient = value_and_gradient(tf.zeros((*size, 3)))
    np.testing.assert_array_equal(value, np.zeros(size[0]))
    assert gradient is None or gradient.shape == (*size, 3)


@pytest.mark.parametrize("function", [losses.expansion_loss, losses.tag_crossentropy])
@pytest.mark.parametrize("tags", [(3, 4), (1, 3), (1, 1, 4, 1), (4,)])
def test_tags_of_another_shape_are_refused_where_shapes_are_unknown(function, tags):
    """A batch of one would be spread over the others in silence."""

    @tf.function(input_signature=[tf.TensorSpec(None), tf.TensorSpec(None)])
    def loss(tags, probs):
        return function(tags, probs)

    probs = tf.fill((2, 5, 6, 4), 0.25)
    assert loss(tf.ones((2, 4)), probs).shape == (2,)
    with pytest.raises(tf.errors.InvalidArgumentError):
        loss(tf.ones(tags), probs)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("function", [losses.seeding_loss, losses.partial_crossentropy])
def test_labels_without_pixels_fit_probabilities_of_unknown_size(function, axis):
    """Labels then have a size that is known to be 0, and probabilities have not."""
    size = [2, 9, 9]
    size[axis] = 0
    known = [None, None, None]
    known[axis] = 0
    specs = [tf.TensorSpec(known, tf.int32), tf.TensorSpec([None, None, None, 3])]

    @tf.function(input_signature=specs)
    def value_and_gradient(labels, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = function(labels, probs, stride=2)
        return value, tape.gradient(value, probs)

    value, gradient = value_and_gradient(tf.zeros(size, tf.int32), tf.zeros((*size, 3)))
    np.testing.assert_array_equal(value, [0.0, 0.0])
    assert gradient.shape == (*size, 3)


TARGETS = {
    losses.dense_crf_adm_loss: (5,),
    losses.dense_crf_loss: (3,),
    losses.partial_crossentropy: (),
    losses.seeding_loss: (4,),
}


@pytest.mark.parametrize("function", TARGETS)
@pytest.mark.parametrize("size", [(1, 5, 6), (2, 1, 6), (2, 5, 7)])
def test_targets_of_another_size_are_refused_where_shapes_are_unknown(function, size):
    """A target of one image would be spread over the batch in silence."""
    channels = TARGETS[function]
    options = {
        losses.dense_crf_adm_loss: {"num_iterations": 0},
        losses.dense_crf_loss: CRF,
    }.get(function, {})
    unknown = tf.TensorSpec([None, None, None, *channels])

    @tf.function(input_signature=[unknown, tf.TensorSpec([None, None, None, 4])])
    def loss(target, probs):
        return function(target, probs, **options)

    probs = tf.fill((2, 5, 6, 4), 0.25)
    assert loss(tf.zeros((2, 5, 6, *channels)), probs).shape == (2,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="same batch size"):
        loss(tf.zeros((*size, *channels)), probs)
