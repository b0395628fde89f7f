"""Compiled by XLA the CRF layers and their gradients are the same."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import CRFAsRNN, DenseCRF

BANDWIDTHS = {"sigma_xy": 8.0, "sigma_rgb": 20.0}
POTTS_OF_THREE = np.ones((3, 3)) - np.eye(3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer, with_region",
    [
        (DenseCRF(num_iterations=3, **BANDWIDTHS), False),
        (DenseCRF(num_iterations=2, self_term=False, normalization="before"), True),
        (DenseCRF(num_iterations=2, compatibility=POTTS_OF_THREE), False),
        (CRFAsRNN(num_iterations=2, training_iterations=3, **BANDWIDTHS), True),
    ],
    ids=["dense_crf", "without_self_term", "compatibility", "crf_as_rnn"],
)
def test_inference_and_gradients_are_the_same(layer, with_region, photograph):
    image = photograph("astronaut", 24, 30)[tf.newaxis]
    if with_region:
        region = np.ones((*image.shape[:3], 1), np.float32)
        region[:, :, -4:] = 0
        image = np.concatenate([image, region], axis=-1)
    logits = np.random.default_rng(0).normal(size=(1, 24, 30, 3)).astype(np.float32)
    layer(logits, image)  # makes the weights

    def run(logits, image):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            probs = layer(tf.nn.softmax(logits), image, **training)
            energy = tf.reduce_sum(probs**2)
        return probs, tape.gradient(energy, [logits, *layer.trainable_variables])

    training = {"training": True} if isinstance(layer, CRFAsRNN) else {}
    arguments = tf.constant(logits), tf.constant(image)
    expected = tf.nest.flatten(tf.function(run)(*arguments))
    compiled = tf.nest.flatten(tf.function(run, jit_compile=True)(*arguments))
    # The filter gives the same bits for the same input, but XLA's own softmax and
    # sums round otherwise, and every iteration passes that on, a few times larger.
    for actual, wanted in zip(compiled, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=2e-5 * np.abs(wanted).max())
