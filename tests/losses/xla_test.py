"""Compiled by XLA the losses and their gradients are the same."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import (
    constrain_to_boundary_loss,
    dense_crf_adm_loss,
    dense_crf_loss,
    expansion_loss,
    kernel_cut_loss,
    normalized_cut_loss,
    partial_crossentropy,
    seeding_loss,
)

SHAPE = (2, 14, 11, 4)
BANDWIDTHS = {"sigma_xy": 5.0, "sigma_color": 30.0}
RESIZED = {"scale": 0.6}
CASES = [  # loss, options, whether there is a region of interest
    (dense_crf_loss, {}, False),
    (dense_crf_loss, {"relaxation": "quadratic", "normalization": "none"}, True),
    (dense_crf_loss, {"affinity": "grid8", **RESIZED}, True),
    (normalized_cut_loss, {}, True),
    (normalized_cut_loss, {"min_share": 0.1, **RESIZED}, False),
    (kernel_cut_loss, {}, True),
    (kernel_cut_loss, {"cut_sigma_color": 20.0, "affinity": "grid4"}, False),
    (kernel_cut_loss, {"cut_sigma_xy": 3.0, **RESIZED}, True),
    (constrain_to_boundary_loss, {"backpropagate": True, "num_iterations": 2}, True),
]


def loss_and_gradient(loss):
    """The function of target and logits, traced or compiled."""

    def run(target, logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(target, tf.nn.softmax(logits))
        return value, tape.gradient(value, logits)

    return tf.function(run), tf.function(run, jit_compile=True)


def assert_same(loss, target, logits):
    plain, compiled = (run(target, logits) for run in loss_and_gradient(loss))
    # The filter gives the same bits for the same probabilities. But XLA's own softmax,
    # products and sums round otherwise, each term by some 1e-7; and d - 2 W S cancels
    # to a tenth of its terms.
    np.testing.assert_allclose(compiled[0], plain[0], rtol=1e-5)
    largest = np.abs(plain[1]).max()
    assert largest > 0
    np.testing.assert_allclose(compiled[1], plain[1], rtol=0, atol=3e-5 * largest)


@pytest.mark.parametrize(
    "loss, options, with_region",
    CASES,
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_regularizers_and_gradients_are_the_same(loss, options, with_region, make):
    image = make.image(SHAPE[:3])
    region = np.ones((*SHAPE[:3], 1), np.float32)
    region[:, -3:] = 0
    region = region if with_region else None
    logits = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)

    def regularizer(image, probs):
        return loss(image, probs, region=region, **BANDWIDTHS, **options)

    assert_same(regularizer, tf.constant(image), tf.constant(logits))


def make_labels():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, SHAPE[-1], SHAPE[:3])
    labels[rng.uniform(size=labels.shape) < 0.7] = 255
    return labels


@pytest.mark.parametrize("labelled_images", [0, 1, 2])
def test_partial_crossentropy_and_gradient_are_the_same(labelled_images):
    labels = make_labels()
    logits = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    if labelled_images == 0:
        labels[:] = 255
        _, compiled = loss_and_gradient(partial_crossentropy)
        value, gradient = compiled(tf.constant(labels), tf.constant(logits))
        assert not np.any(value) and not np.any(gradient)
        return
    labels[labelled_images:] = 255
    assert_same(partial_crossentropy, tf.constant(labels), tf.constant(logits))


def test_seeding_and_expansion_and_their_gradients_are_the_same():
    logits = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    tags = np.array([[1, 0, 1, 0], [1, 1, 1, 1]])
    assert_same(seeding_loss, tf.constant(make_labels()), tf.constant(logits))
    assert_same(expansion_loss, tf.constant(tags), tf.constant(logits))


def test_cross_entropy_with_clamped_proposals_is_the_same(make):
    image, labels = make.image(SHAPE[:3]), make_labels()
    logits = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)

    def adm(image, probs):
        options = {"labels": labels, "num_iterations": 2}
        return dense_crf_adm_loss(image, probs, **BANDWIDTHS, **options)

    assert_same(adm, tf.constant(image), tf.constant(logits))


@pytest.mark.parametrize("wrong", [-1, SHAPE[-1], 254])
def test_a_label_that_is_no_class_gives_nan(wrong):
    # XLA has no errors; it would take the probability of another class.
    labels = make_labels()
    labels[1, 2, 3] = wrong
    compiled = tf.function(partial_crossentropy, jit_compile=True)
    value = compiled(tf.constant(labels), tf.fill(SHAPE, 0.25))
    np.testing.assert_array_equal(np.isnan(value), [False, True])
