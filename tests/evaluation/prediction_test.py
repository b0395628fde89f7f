import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.evaluation import evaluate, make_predict
from tf_rloss.layers import DenseCRF


def _brightness_segmenter(image, training):
    """Probability of class 1 is the brightness, as a stand-in without weights."""
    assert training is False
    bright = tf.reduce_mean(image, axis=-1, keepdims=True) / 255.0
    return tf.concat([1.0 - bright, bright], axis=-1)


def _left_weighted_segmenter(image, training):
    """Like `_brightness_segmenter`, but looks one pixel to the left."""
    return _brightness_segmenter(tf.roll(image, 1, axis=2), training)


def _image(height=6, width=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_single_scale_at_the_same_size_is_the_plain_segmenter():
    image = _image()
    probs = make_predict(_brightness_segmenter)(image, (6, 8))
    expected = _brightness_segmenter(tf.cast(image[None], tf.float32), False)[0]
    assert probs.dtype == np.float32
    # The graph may fuse the mean differently: one float32 rounding below one.
    np.testing.assert_allclose(probs, expected, atol=1e-6)


def test_probabilities_are_resized_bilinearly_to_the_mask():
    image = np.zeros((1, 2, 3), np.uint8)
    image[0, 1] = 255
    probs = make_predict(_brightness_segmenter)(image, (2, 4))
    # Half-pixel centres: the four columns lie at -.25, .25, .75, 1.25.
    expected = np.tile([0.0, 0.25, 0.75, 1.0], (2, 1))
    np.testing.assert_allclose(probs[..., 1], expected, atol=1e-6)


def test_flip_averages_the_mirrored_prediction():
    image = _image()
    plain = make_predict(_left_weighted_segmenter)
    flipped = make_predict(_left_weighted_segmenter, flip=True)
    mirrored = plain(image[:, ::-1], (6, 8))[:, ::-1]
    expected = (plain(image, (6, 8)) + mirrored) / 2
    # One float32 rounding of a sum of two numbers below one.
    np.testing.assert_allclose(flipped(image, (6, 8)), expected, atol=1e-6)


def test_scales_average_predictions_of_resized_images():
    image = _image(8, 8)
    seen = []

    def recording_segmenter(image, training):
        seen.append(tf.shape(image))
        probs = _brightness_segmenter(image, training)
        # Sharpened, so that the order of resizing and predicting matters.
        return probs**4 / tf.reduce_sum(probs**4, axis=-1, keepdims=True)

    probs = make_predict(recording_segmenter, scales=(0.5, 1.0, 1.5))(image, (8, 8))
    assert len(seen) == 3
    parts = []
    for scale in (0.5, 1.0, 1.5):
        size = (round(8 * scale),) * 2
        scaled = tf.image.resize(image[None], size, antialias=scale < 1)
        parts.append(tf.image.resize(recording_segmenter(scaled, False), (8, 8))[0])
    np.testing.assert_allclose(probs, np.mean(parts, axis=0), atol=1e-6)
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, atol=1e-6)


def test_tiny_scale_of_a_tiny_image_keeps_one_pixel():
    probs = make_predict(_brightness_segmenter, scales=(0.01,))(_image(3, 5), (3, 5))
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, atol=1e-6)


def test_refinement_is_the_layer_on_resized_probabilities_and_image():
    image = _image()
    refine = DenseCRF(3, sigma_xy=4.0, sigma_color=30.0)
    for size in ((6, 8), (9, 13)):
        probs = make_predict(_brightness_segmenter)(image, size)
        resized = tf.image.resize(image[None].astype(np.float32), size)
        expected = refine(tf.constant(probs[None]), resized)[0]
        refined = make_predict(_brightness_segmenter, refine=refine)(image, size)
        assert np.abs(refined - probs).max() > 0.05  # It does something.
        # The same ops in another graph: roundings of numbers up to 1, three times.
        np.testing.assert_allclose(refined, expected, atol=1e-5)


def test_one_graph_serves_all_sizes():
    traces = []

    def counting_segmenter(image, training):
        traces.append(image.shape)
        return _brightness_segmenter(image, training)

    predict = make_predict(counting_segmenter)
    for height, width in [(3, 4), (5, 9), (1, 1)]:
        assert predict(_image(height, width), (7, 2)).shape == (7, 2, 2)
    assert len(traces) == 1


def test_keras_segmenter_predicts_any_size_from_bytes_or_floats():
    inputs = keras.Input((None, None, 3))
    hidden = keras.layers.Conv2D(3, 3, padding="same", activation="softmax")(inputs)
    predict = make_predict(keras.Model(inputs, hidden))
    image = _image(5, 7)
    from_bytes = predict(image, (10, 14))
    assert from_bytes.shape == (10, 14, 3)
    np.testing.assert_array_equal(
        from_bytes, predict(image.astype(np.float64), (10, 14))
    )


@pytest.mark.parametrize("scales", [(), (0.0,), (1.0, -1.0), (float("nan"),)])
def test_bad_scales_are_refused(scales):
    with pytest.raises(ValueError, match="`scales`"):
        make_predict(_brightness_segmenter, scales=scales)


@pytest.mark.parametrize("shape", [(4, 4), (1, 4, 4, 3), (0, 4, 3)])
def test_image_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="`image` must be"):
        make_predict(_brightness_segmenter)(np.zeros(shape, np.uint8), (4, 4))


def _dataset(masks):
    def generate():
        for index, mask in enumerate(masks):
            yield {"image": _image(seed=index), "mask": mask, "index": index}

    return tf.data.Dataset.from_generator(
        generate,
        output_signature={
            "image": tf.TensorSpec((None, None, 3), tf.uint8),
            "mask": tf.TensorSpec((None, None), tf.uint8),
            "index": tf.TensorSpec((), tf.int64),
        },
    )


def test_evaluation_is_at_the_resolution_of_each_mask():
    masks = [np.zeros((12, 16), np.uint8), np.ones((6, 8), np.uint8)]
    masks[0][0] = 255
    predict = make_predict(_brightness_segmenter)
    examples = []
    confusion = evaluate(predict, _dataset(masks), 2, examples.append)
    assert confusion.matrix.sum() == 11 * 16 + 6 * 8
    assert [example.index for example in examples] == [0, 1]
    for example, mask in zip(examples, masks, strict=True):
        expected = predict(_image(seed=example.index), mask.shape).argmax(-1)
        np.testing.assert_array_equal(example.label_map, expected)
        np.testing.assert_array_equal(example.mask, mask)
    total = sum(example.confusion.matrix for example in examples)
    np.testing.assert_array_equal(confusion.matrix, total)


def test_model_of_other_classes_is_named():
    dataset = _dataset([np.zeros((6, 8), np.uint8)])
    with pytest.raises(ValueError, match=r"must return 3 classes.*\(6, 8, 2\)"):
        evaluate(make_predict(_brightness_segmenter), dataset, 3)
