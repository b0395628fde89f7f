"""Tests of DeepLabV3Plus."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import models
from tf_rloss.models import DeepLabV3Plus
from tf_rloss.models.backbones import build_backbone
from tf_rloss.models.weights import load_weights


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def trained():
    """MobileNetV2, output stride 8, after one step of training; and its gradients.

    A fresh network would not show whether statistics are saved and loaded.
    """
    keras.utils.set_random_seed(1)
    segmenter = DeepLabV3Plus(3, output_stride=8)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def gradients(image):
        with tf.GradientTape() as tape:
            # The sum of all classes would be constant.
            score = tf.reduce_sum(segmenter(image, training=True)[..., 0])
        return tape.gradient(score, segmenter.trainable_variables)

    return segmenter, gradients(_image(1, 33, 47))


@pytest.fixture(scope="module")
def segmenter(trained):
    return trained[0]


@pytest.fixture(scope="module")
def run_file(segmenter, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "last.keras"
    segmenter.save(path)
    return path


@pytest.fixture(scope="module")
def predict(segmenter):
    """One graph for images of all sizes."""
    return tf.function(
        segmenter, input_signature=[tf.TensorSpec((None, None, None, 3))]
    )


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (17, 23), (65, 71)])
def test_output_has_the_size_of_the_input(predict, size):
    probs = predict(_image(1, *size))
    assert probs.shape == (1, *size, 3)
    assert probs.dtype == tf.float32
    # Three float32 roundings of numbers up to 1.
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_saved_and_loaded_model_predicts_the_same(segmenter, run_file):
    loaded = keras.saving.load_model(run_file)
    image = _image(1, 32, 48)
    np.testing.assert_array_equal(loaded(image), segmenter(image))


def test_graph_holds_stock_ops_only(predict):
    ops = {
        node.op for node in predict.get_concrete_function().graph.as_graph_def().node
    }
    assert "Conv2D" in ops
    assert not [op for op in ops if ">" in op or "PyFunc" in op]


def test_gradient_reaches_every_weight_in_a_batch_of_one(trained):
    largest = [float(tf.reduce_max(tf.abs(gradient))) for gradient in trained[1]]
    assert all(np.isfinite(value) and value > 0 for value in largest)


def test_all_weights_outside_the_backbone_are_in_the_head(segmenter):
    others = [layer.name for layer in segmenter.layers if layer.weights]
    others.remove("backbone")
    assert others and all(name.startswith("head") for name in others)


def test_half_precision_policy_gives_float32_probabilities():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        segmenter = DeepLabV3Plus(3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert segmenter.get_layer("backbone").get_layer("Conv1").compute_dtype == "float16"
    probs = segmenter(_image(1, 32, 32))
    assert probs.dtype == tf.float32
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_weights_of_the_network_of_keras_fill_the_backbone(tmp_path):
    keras.utils.set_random_seed(5)
    original = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    original.save_weights(tmp_path / "original.weights.h5")
    segmenter = DeepLabV3Plus(3, weights=tmp_path / "original.weights.h5")
    # Keras' network goes on with a convolution and its norm, five arrays.
    trunk = segmenter.get_layer("backbone").get_weights()
    expected = original.get_weights()
    assert len(trunk) == len(expected) - 5
    for received, wanted in zip(trunk, expected[: len(trunk)], strict=True):
        np.testing.assert_array_equal(received, wanted)


@pytest.mark.parametrize(
    ("backbone", "arrays"),
    # A kernel, or a depthwise and a pointwise one, of each of the two convolutions.
    [
        ("mobilenet_v2", [(3, 3, 304, 256), (3, 3, 256, 256)]),
        (
            "efficientnet_lite0",
            [(3, 3, 304, 1), (1, 1, 304, 256), (3, 3, 256, 1), (1, 1, 256, 256)],
        ),
    ],
)
def test_decoder_is_separable_on_efficientnet(backbone, arrays):
    layers = DeepLabV3Plus(2, backbone=backbone).layers
    decoder = [layer for layer in layers if layer.name.startswith("head_decoder")]
    kernels = [w.shape for layer in decoder for w in layer.weights if len(w.shape) == 4]
    assert kernels == arrays
    for layer in decoder:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            # He's: nine inputs make an output. A deviation of 2,304 numbers is within
            # four times 1 / sqrt(2 * 2304) = 1.5 % of its mean.
            assert np.std(layer.kernel) == pytest.approx(np.sqrt(2 / 9), rel=0.06)


def test_frozen_backbone_keeps_statistics_and_factors():
    segmenter = DeepLabV3Plus(2, backbone="efficientnet_lite0")
    head = len(segmenter.trainable_variables)
    models.freeze_batch_norm(segmenter)
    trunk = segmenter.get_layer("backbone")
    norms = [n for n in trunk.layers if isinstance(n, keras.layers.BatchNormalization)]
    assert len(norms) == 48
    assert head - len(segmenter.trainable_variables) == 2 * len(norms)
    before = trunk.get_weights()
    image = _image(2, 32, 32) / 128 - 1
    for trained, used in zip(
        trunk(image, training=True), trunk(image, training=False), strict=True
    ):
        np.testing.assert_array_equal(trained, used)
    for one, other in zip(trunk.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_network_without_norms_in_a_backbone_cannot_be_frozen():
    with pytest.raises(ValueError, match=r"layer `backbone`.*small_deeplab"):
        models.freeze_batch_norm(models.build("small_deeplab", 2))


def test_weights_of_another_run_fill_the_whole_segmenter(segmenter, run_file):
    loaded = DeepLabV3Plus(3, output_stride=8, weights=run_file)
    for one, other in zip(loaded.get_weights(), segmenter.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_another_network_are_refused(segmenter, tmp_path):
    models.build("small_deeplab", 3).save_weights(tmp_path / "small.weights.h5")
    with pytest.raises(ValueError, match=r"no layer `Conv1`.* more layers"):
        load_weights(segmenter, tmp_path / "small.weights.h5")


def test_imagenet_weights_fill_the_backbone(monkeypatch):
    """Without network: a network of random weights plays the download."""
    source = build_backbone("mobilenet_v2", 32)
    found = {layer.name: layer.get_weights() for layer in source.layers}
    monkeypatch.setattr(
        "tf_rloss.models.deeplab_v3_plus.imagenet_weights", lambda backbone: found
    )
    segmenter = models.build("deeplab_v3_plus_mobilenet_v2", 2, weights="imagenet")
    trunk = segmenter.get_layer("backbone")
    for one, other in zip(trunk.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_resnet101_is_built_by_name():
    segmenter = models.build("deeplab_v3_plus_resnet101", 2)
    assert segmenter(_image(1, 16, 20)).shape == (1, 16, 20, 2)
    rates = {
        layer.name: layer.dilation_rate
        for layer in segmenter.get_layer("backbone").layers
        if layer.name.endswith("_2_conv")
    }
    assert rates["conv4_block23_2_conv"] == (1, 1)
    assert rates["conv5_block1_2_conv"] == rates["conv5_block3_2_conv"] == (2, 2)


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"num_classes": 1}, "num_classes=1"),
        ({"num_classes": 3, "output_stride": 32}, "output_stride=32"),
        ({"num_classes": 3, "backbone": "vgg"}, "backbone='vgg'"),
    ],
)
def test_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        DeepLabV3Plus(**arguments)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"small_deeplab.*Received: name='unet'"):
        models.build("unet", 2)
