"""Tests of SmallDeepLab."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.models import SmallDeepLab


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def segmenter():
    keras.utils.set_random_seed(1)
    return SmallDeepLab(4)


@pytest.mark.parametrize("size", [(1, 1), (17, 23), (65, 71), (96, 64)])
def test_output_has_the_size_of_the_input(segmenter, size):
    assert segmenter(_image(2, *size)).shape == (2, *size, 4)


def test_probabilities_are_float32_and_sum_to_one(segmenter):
    probs = segmenter(_image(1, 33, 40))
    assert probs.dtype == tf.float32
    # Five float32 roundings of numbers up to 1.
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_one_function_serves_images_of_all_sizes(segmenter):
    predict = tf.function(
        segmenter, input_signature=[tf.TensorSpec((None, None, None, 3))]
    )
    image = _image(1, 41, 30)
    # The same kernels on the same numbers; fused by the graph optimiser.
    np.testing.assert_allclose(predict(image), segmenter(image), atol=1e-5)
    assert predict(_image(3, 8, 8)).shape == (3, 8, 8, 4)


def test_half_precision_policy_gives_float32_probabilities():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        segmenter = SmallDeepLab(3)
    finally:
        keras.config.set_dtype_policy("float32")
    probs = segmenter(_image(1, 32, 32))
    assert segmenter.get_layer("stem1").compute_dtype == "float16"
    assert probs.dtype == tf.float32
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_saved_and_loaded_model_predicts_the_same(segmenter, tmp_path):
    segmenter.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    image = _image(1, 32, 48)
    np.testing.assert_array_equal(loaded(image), segmenter(image))


def test_graph_holds_stock_ops_only(segmenter):
    predict = tf.function(segmenter).get_concrete_function(
        tf.TensorSpec((1, None, None, 3))
    )
    ops = {node.op for node in predict.graph.as_graph_def().node}
    assert "Conv2D" in ops
    assert not [op for op in ops if ">" in op or "PyFunc" in op]


@pytest.mark.parametrize("detail_stride", [2, 4])
def test_decoder_works_at_the_stride_of_the_details(detail_stride):
    segmenter = SmallDeepLab(3, detail_stride=detail_stride)
    logits = keras.Model(segmenter.input, segmenter.get_layer("head_logits").output)
    assert logits(_image(1, 31, 64)).shape[1:3] == (
        32 // detail_stride,
        64 // detail_stride,
    )


def test_only_the_classifier_is_called_head(segmenter):
    heads = [layer for layer in segmenter.layers if layer.name.startswith("head")]
    assert [layer.kernel.shape[-1] for layer in heads] == [4]


def test_default_network_stays_small(segmenter):
    assert segmenter.count_params() < 600_000


@pytest.mark.slow
def test_pole_two_pixels_wide_is_learned():
    """Thin things must survive the strides: overfit one image with a pole."""
    keras.utils.set_random_seed(2)
    image = np.full((1, 32, 32, 3), 90.0, np.float32)
    mask = np.zeros((1, 32, 32), np.int32)
    image[:, 3:29, 13:15] = 170.0
    mask[:, 3:29, 13:15] = 1
    segmenter = SmallDeepLab(2)
    segmenter.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    segmenter.fit(np.repeat(image, 2, 0), np.repeat(mask, 2, 0), epochs=30, verbose=0)
    found = np.argmax(segmenter(image, training=True), -1) == 1
    overlap = np.sum(found & (mask == 1)) / np.sum(found | (mask == 1))
    # Without the features at stride 4 the pole blurs over a cell of stride 8.
    assert overlap > 0.8


def test_weights_of_another_run_are_loaded(segmenter, tmp_path):
    segmenter.save_weights(tmp_path / "a.weights.h5")
    loaded = SmallDeepLab(4, weights=tmp_path / "a.weights.h5")
    image = _image(1, 32, 32)
    np.testing.assert_array_equal(loaded(image), segmenter(image))


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"num_classes": 1}, "num_classes=1"),
        ({"num_classes": 3, "width": 4}, "width=4"),
        ({"num_classes": 3, "detail_stride": 8}, "detail_stride=8"),
        ({"num_classes": 3, "weights": "imagenet"}, "imagenet"),
    ],
)
def test_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        SmallDeepLab(**arguments)
