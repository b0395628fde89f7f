"""The loss of image tags: values, background, gradient, shapes."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.losses import TagCrossentropy, tag_crossentropy

TAGS = np.array([[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]], np.float32)


def scores(seed=0):
    return np.random.default_rng(seed).normal(0, 2, (3, 5, 4, 4)).astype(np.float32)


def by_hand(tags, maps):
    of_image = maps.astype(np.float64).mean(axis=(1, 2))
    chance = 1 / (1 + np.exp(-of_image))
    terms = tags * np.log(chance) + (1 - tags) * np.log(1 - chance)
    return -terms[:, 1:].mean(axis=1)


def test_loss_is_the_cross_entropy_of_the_pooled_maps():
    loss = tag_crossentropy(TAGS, scores())
    # float32 means of 20 numbers.
    np.testing.assert_allclose(loss, by_hand(TAGS, scores()), rtol=1e-5)


def test_the_background_does_not_count():
    maps, tags = scores(), TAGS.copy()
    maps[..., 0] += 100.0
    tags[:, 0] = 1 - tags[:, 0]
    np.testing.assert_array_equal(
        tag_crossentropy(tags, maps), tag_crossentropy(TAGS, scores())
    )


def test_gradient_is_spread_evenly_over_the_map():
    maps = tf.constant(scores())
    with tf.GradientTape() as tape:
        tape.watch(maps)
        loss = tag_crossentropy(TAGS, maps)
    gradient = tape.gradient(loss, maps).numpy()
    of_image = scores().mean(axis=(1, 2))
    # dL/dz = (sigma(z) - t) / 3 classes, and dz/dA = 1 / 20 pixels.
    expected = (1 / (1 + np.exp(-of_image)) - TAGS) / (3 * 20)
    expected[:, 0] = 0.0
    np.testing.assert_allclose(
        gradient, np.broadcast_to(expected[:, None, None], gradient.shape), rtol=1e-4
    )


def test_scores_of_any_size_give_finite_losses():
    maps = np.full((1, 2, 2, 3), 1e4, np.float32)
    assert np.isfinite(tag_crossentropy([[1, 0, 1]], maps)).all()


def test_class_round_trips_and_averages_over_the_batch():
    loss = TagCrossentropy(reduction="sum", name="tags")
    config = json.loads(json.dumps(keras.losses.serialize(loss)))
    copy = keras.losses.deserialize(config)
    assert copy.get_config() == loss.get_config()
    np.testing.assert_allclose(
        copy(TAGS, scores()), np.sum(by_hand(TAGS, scores())), rtol=1e-5
    )
    np.testing.assert_allclose(
        TagCrossentropy()(TAGS, scores()), by_hand(TAGS, scores()).mean(), rtol=1e-5
    )


@pytest.mark.parametrize(
    "tags, maps, name",
    [
        ((3, 4), (3, 5, 4), "scores"),
        ((3, 1), (3, 5, 4, 1), "scores"),
        ((3, 3), (3, 5, 4, 4), "tags"),
        ((3, 5, 4), (3, 5, 4, 4), "tags"),
    ],
)
def test_wrong_shapes_are_named(tags, maps, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        tag_crossentropy(tf.zeros(tags), tf.zeros(maps))
