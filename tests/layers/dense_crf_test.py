"""Tests of DenseCRF, beside those of `ops.mean_field`, which computes it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.layers import PUBLISHED_CRFS, DenseCRF


def _probs(*shape, seed=0):
    logits = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return tf.nn.softmax(2 * logits)


@pytest.fixture(scope="module")
def image(photograph):
    return photograph("coffee", 24, 31)[np.newaxis]


@pytest.fixture
def noisy():
    """An image of two colours, its true labels, and probabilities that are noisy."""
    rng = np.random.default_rng(1)
    labels = np.zeros((1, 32, 32), int)
    labels[:, 7:25, 9:21] = 1
    colours = np.array([[200.0, 60.0, 30.0], [40.0, 120.0, 180.0]])
    image = colours[labels] + rng.normal(scale=4.0, size=(1, 32, 32, 3))
    logits = np.eye(2)[labels] + rng.normal(size=(1, 32, 32, 2))
    return image.astype(np.float32), labels, tf.nn.softmax(logits.astype(np.float32))


def _accuracy(probs, labels):
    return np.mean(np.argmax(probs, -1) == labels)


@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
def test_noise_within_a_colour_is_removed(noisy, normalization):
    image, labels, probs = noisy
    assert _accuracy(probs, labels) < 0.8
    refined = DenseCRF(sigma_xy=8.0, sigma_color=20.0, normalization=normalization)(
        probs, image
    )
    assert _accuracy(refined, labels) > 0.97


def test_images_of_unknown_size_are_refined_in_a_graph(noisy):
    image, _, probs = noisy
    refine = DenseCRF(2, sigma_xy=8.0, sigma_color=20.0)
    graph = tf.function(
        refine,
        input_signature=[
            tf.TensorSpec((1, None, None, 2), tf.float32),
            tf.TensorSpec((1, None, None, 3), tf.float32),
        ],
    )
    # The same ops in a graph: roundings of numbers up to 1, twice.
    np.testing.assert_allclose(
        graph(probs, image), refine(probs, image), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("name", PUBLISHED_CRFS)
def test_published_settings_are_accepted(image, name):
    refined = DenseCRF(**PUBLISHED_CRFS[name])(_probs(1, 24, 31, 3), image)
    # Three float32 roundings of numbers up to 1.
    np.testing.assert_allclose(tf.reduce_sum(refined, -1), 1.0, atol=1e-6)


def test_defaults_are_those_of_largefov():
    config = DenseCRF().get_config()
    assert config["num_iterations"] == 10
    assert config["normalization"] == "symmetric" and config["self_term"]
    for name, value in PUBLISHED_CRFS["deeplab_largefov"].items():
        assert config[name] == value


def test_layer_is_mean_field_of_both_kernels(image):
    probs = _probs(1, 24, 31, 3)
    kernels = [
        ops.bilateral_kernel(image, sigma_xy=9.0, sigma_color=25.0),
        ops.spatial_kernel(image, sigma_xy=2.0),
    ]
    expected = ops.mean_field(tf.math.log(probs), kernels, [4.0, 1.0], iterations=3)
    settings = {"sigma_xy": 9.0, "sigma_color": 25.0, "spatial_sigma_xy": 2.0}
    layer = DenseCRF(3, bilateral_weight=4.0, spatial_weight=1.0, **settings)
    np.testing.assert_allclose(layer(probs, image), expected, atol=1e-6)


def test_logits_give_what_their_probabilities_do(image):
    probs = _probs(1, 24, 31, 3)
    # A constant per pixel changes nothing.
    logits = tf.math.log(probs) + _probs(1, 24, 31, 1, seed=2) * 5.0
    expected = DenseCRF()(probs, image)
    refined = DenseCRF(from_logits=True)(logits, image)
    np.testing.assert_allclose(refined, expected, atol=1e-5)


def test_without_weights_nothing_changes(image):
    probs = _probs(1, 24, 31, 3)
    refined = DenseCRF(bilateral_weight=0.0, spatial_weight=0.0)(probs, image)
    np.testing.assert_allclose(refined, probs, atol=1e-6)


def test_certain_probabilities_stay_finite(image):
    certain = tf.one_hot(tf.zeros((1, 24, 31), tf.int32), 3)
    with tf.GradientTape() as tape:
        tape.watch(certain)
        refined = DenseCRF()(certain, image)
    assert np.all(np.isfinite(refined))
    assert np.all(np.isfinite(tape.gradient(refined, certain, _probs(1, 24, 31, 3))))


def test_class_that_never_meets_another_is_kept_away(noisy):
    image, _, probs = noisy
    third = tf.concat([probs, 0.9 * probs[..., :1]], axis=-1)
    third /= tf.reduce_sum(third, -1, keepdims=True)
    # The third class pays nothing beside the first, so both live side by side;
    # under Potts the first, which is a little stronger, takes all.
    potts = 1.0 - np.eye(3)
    friendly = potts.copy()
    friendly[0, 2] = friendly[2, 0] = 0.0
    kernel = {"sigma_xy": 8.0, "sigma_color": 20.0}
    shares = [
        np.mean(DenseCRF(compatibility=c, **kernel)(third, image)[..., 2])
        for c in (potts, friendly)
    ]
    assert shares[0] < 0.1 < 0.25 < shares[1]


def test_padding_neither_gives_nor_receives(image):
    probs = _probs(1, 24, 31, 3)
    region = np.ones((1, 24, 31, 1), np.float32)
    region[:, 20:] = 0.0
    layer = DenseCRF()
    refined = layer(probs, image, region)
    np.testing.assert_allclose(refined[:, 20:], probs[:, 20:], atol=1e-6)
    other = tf.concat([probs[:, :20], probs[:, 20:, :, ::-1]], axis=1)
    np.testing.assert_array_equal(layer(other, image, region)[:, :20], refined[:, :20])


def test_gradient_reaches_the_probabilities_only(image):
    inputs, image = _probs(1, 24, 31, 3), tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch([inputs, image])
        first = DenseCRF()(inputs, image)[..., 0]
    gradients = tape.gradient(first, [inputs, image])
    assert tf.reduce_max(tf.abs(gradients[0])) > 0
    assert gradients[1] is None


def test_one_graph_serves_all_sizes_and_types(image):
    layer = DenseCRF(2)
    spec = tf.TensorSpec((None, None, None, None), tf.float32)
    pixels = tf.TensorSpec((None, None, None, 3), tf.uint8)
    refine = tf.function(layer, input_signature=[spec, pixels])
    for height, width, classes in [(1, 1, 2), (24, 31, 3)]:
        probs = _probs(1, height, width, classes)
        cut = image[:, :height, :width].astype(np.uint8)
        expected = layer(probs, cut)
        assert expected.shape == probs.shape
        np.testing.assert_allclose(refine(probs, cut), expected, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "float32"])
def test_result_is_float32_under_every_policy(image, policy):
    keras.config.set_dtype_policy(policy)
    try:
        layer = DenseCRF(2)
    finally:
        keras.config.set_dtype_policy("float32")
    half = tf.cast(_probs(1, 24, 31, 3), tf.float16)
    assert layer(half, image).dtype == tf.float32


def test_saved_and_loaded_model_predicts_the_same(image, tmp_path):
    inputs = keras.Input((None, None, 3), name="image")
    probs = keras.layers.Conv2D(3, 1, activation="softmax")(inputs / 255.0)
    matrix = 1.0 - np.eye(3)
    refined = DenseCRF(2, compatibility=matrix, self_term=False)(probs, inputs)
    assert refined.shape == (None, None, None, 3)
    model = keras.Model(inputs, refined)
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(image), model(image))
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"num_iterations": -1}, "num_iterations=-1"),
        ({"num_iterations": 2.5}, "num_iterations=2.5"),
        ({"sigma_color": 0.0}, "sigma_color=0.0"),
        ({"sigma_xy": np.inf}, "sigma_xy=inf"),
        ({"bilateral_weight": -2.0}, "bilateral_weight=-2.0"),
        ({"normalization": "both"}, "normalization='both'"),
        ({"compatibility": np.ones((2, 3))}, r"compatibility.*\(2, 3\)"),
    ],
)
def test_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        DenseCRF(**arguments)


def test_wrong_inputs_are_named(image):
    with pytest.raises(ValueError, match=r"`inputs` must be .*\(24, 31, 3\)"):
        DenseCRF()(tf.zeros((24, 31, 3)), image)
    with pytest.raises(ValueError, match=r"`image` must be .*24, 3\)"):
        DenseCRF()(_probs(1, 24, 31, 3), image[:, :, 0])
