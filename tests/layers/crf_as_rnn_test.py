"""Tests of CRFAsRNN: inference that learns."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import CRFAsRNN, DenseCRF

KERNELS = {"sigma_xy": 8.0, "sigma_rgb": 30.0, "spatial_sigma_xy": 2.0}


def _probs(*shape, seed=0):
    logits = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return tf.nn.softmax(2 * logits)


@pytest.fixture(scope="module")
def image(photograph):
    return photograph("coffee", 16, 18)[np.newaxis]


def test_it_starts_as_the_dense_crf(image):
    probs = _probs(1, 16, 18, 3)
    weights = {"bilateral_weight": 5.0, "spatial_weight": 3.0}
    expected = DenseCRF(10, normalization="after", **weights, **KERNELS)(probs, image)
    layer = CRFAsRNN(**KERNELS)
    np.testing.assert_allclose(layer(probs, image), expected, atol=1e-5)
    shapes = {weight.name: weight.shape for weight in layer.trainable_weights}
    assert shapes == {
        "bilateral_kernel": (3, 3),
        "spatial_kernel": (3, 3),
        "compatibility": (3, 3),
    }


def test_defaults_are_those_of_the_published_network():
    config = CRFAsRNN().get_config()
    published = {
        "num_iterations": 10,
        "training_iterations": 5,
        "bilateral_weight": 5.0,
        "sigma_xy": 160.0,
        "sigma_rgb": 3.0,
        "spatial_weight": 3.0,
        "spatial_sigma_xy": 3.0,
        "normalization": "after",
    }
    assert published.items() <= config.items()


def test_training_has_iterations_of_its_own(image):
    probs = _probs(1, 16, 18, 3)
    layer = CRFAsRNN(10, training_iterations=1, **KERNELS)
    once = CRFAsRNN(1, training_iterations=None, **KERNELS)
    expected = once(probs, image)
    np.testing.assert_array_equal(layer(probs, image, training=True), expected)
    assert np.abs(layer(probs, image) - expected).max() > 0.01
    np.testing.assert_array_equal(once(probs, image, training=True), expected)


def test_gradients_agree_with_finite_differences():
    rng = np.random.default_rng(3)
    image = rng.uniform(0, 60, (1, 3, 4, 3))
    probs = tf.nn.softmax(rng.normal(size=(1, 3, 4, 2)))
    target = rng.normal(size=(1, 3, 4, 2))
    layer = CRFAsRNN(3, dtype="float64", **KERNELS)
    layer(probs, image)
    start = [rng.normal(size=weight.shape) for weight in layer.weights]

    def score(probs, *values):
        # Through assignments there is no gradient: call with the values as weights.
        state = list(zip(layer.trainable_variables, values, strict=True))
        refined, _ = layer.stateless_call(
            [value for _, value in state], [], probs, image
        )
        return tf.reduce_sum(refined * target)

    arguments = [tf.constant(value) for value in (probs, *start)]
    analytic, numeric = tf.test.compute_gradient(score, arguments, delta=1e-4)
    for one, other in zip(analytic, numeric, strict=True):
        assert np.abs(other).max() > 1e-3
        # Central differences of step h err by h^2.
        np.testing.assert_allclose(one, other, atol=1e-6)


def _two_colours(seed):
    """Images of two colours, and labels that the colours do not tell."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((4, 16, 16), np.int32)
    for index in range(4):
        top, left = rng.integers(1, 7, 2)
        labels[index, top : top + 8, left : left + 8] = 1
    colours = rng.uniform(0, 255, (4, 2, 3))
    image = np.take_along_axis(
        colours, labels.reshape(4, -1, 1).repeat(3, -1), axis=1
    ).reshape(4, 16, 16, 3)
    return image.astype(np.float32), labels


def _network():
    """The CRF behind scores that are given as a fourth channel."""
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3), name="image")
    scores = keras.Input((None, None, 1), name="scores")
    probs = keras.layers.Conv2D(2, 1, activation="softmax", name="classes")(scores)
    layer = CRFAsRNN(
        3,
        training_iterations=3,
        bilateral_weight=0.1,
        spatial_weight=0.1,
        name="crf",
        **KERNELS,
    )
    return keras.Model([image, scores], layer(probs, image))


@pytest.fixture(scope="module")
def trained():
    image, labels = _two_colours(1)
    noise = np.random.default_rng(2).normal(size=labels.shape)
    scores = (labels + noise)[..., np.newaxis].astype(np.float32)
    model = _network()
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    history = model.fit([image, scores], labels, batch_size=4, epochs=40, verbose=0)
    return model, history.history["loss"], [image, scores]


@pytest.mark.slow
def test_training_end_to_end_moves_all_weights_and_lowers_the_loss(trained):
    model, losses, _ = trained
    assert losses[-1] < 0.5 * losses[0]
    fresh = _network()
    for one, other in zip(model.weights, fresh.weights, strict=True):
        assert np.abs(one - other).max() > 0.05, one.path


def test_trained_model_is_saved_and_loaded(trained, tmp_path):
    model, _, inputs = trained
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))
    crf = loaded.get_layer("crf")
    assert crf.get_config() == model.get_layer("crf").get_config()


def test_wrong_argument_is_named():
    with pytest.raises(ValueError, match="training_iterations=-1"):
        CRFAsRNN(training_iterations=-1)
