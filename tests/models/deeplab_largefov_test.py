"""Tests of DeepLabLargeFOV and of VGG16's weights in it."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.tiny_vgg16 import NARROW, assert_carried_over, tiny_classifier
from tf_rloss import models
from tf_rloss.models import DeepLabLargeFOV

# Layer: kernel, dilation, filters, parameters; as Caffe's model file has them.
LAYERS = {
    "block1_conv1": (3, 1, 64, 1_792),
    "block1_conv2": (3, 1, 64, 36_928),
    "block2_conv1": (3, 1, 128, 73_856),
    "block2_conv2": (3, 1, 128, 147_584),
    "block3_conv1": (3, 1, 256, 295_168),
    "block3_conv2": (3, 1, 256, 590_080),
    "block3_conv3": (3, 1, 256, 590_080),
    "block4_conv1": (3, 1, 512, 1_180_160),
    "block4_conv2": (3, 1, 512, 2_359_808),
    "block4_conv3": (3, 1, 512, 2_359_808),
    "block5_conv1": (3, 2, 512, 2_359_808),
    "block5_conv2": (3, 2, 512, 2_359_808),
    "block5_conv3": (3, 2, 512, 2_359_808),
    "fc6": (3, 12, 1024, 4_719_616),
    "fc7": (1, 1, 1024, 1_049_600),
    "head_logits": (1, 1, 21, 21_525),
}
# Layer: stride, cells of a side of 321 pixels.
POOLS = {
    "block1_pool": (2, 161),
    "block2_pool": (2, 81),
    "block3_pool": (2, 41),
    "block4_pool": (1, 41),
    "block5_pool": (1, 41),
    "pool5a": (1, 41),
}


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def full_size():
    return models.build("deeplab_largefov", 21)


@pytest.fixture(scope="module")
def narrow():
    keras.utils.set_random_seed(1)
    return DeepLabLargeFOV(3, width=NARROW)


def test_layers_are_those_of_the_paper(full_size):
    convolutions = {
        layer.name: (
            *set(layer.kernel_size),
            *set(layer.dilation_rate),
            layer.filters,
            layer.count_params(),
        )
        for layer in full_size.layers
        if layer.weights
    }
    assert convolutions == LAYERS
    for layer in full_size.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.strides == (1, 1)
            assert layer.padding == "same" or layer.kernel_size == (1, 1)
    dropped = [x.name for x in full_size.layers if isinstance(x, keras.layers.Dropout)]
    assert dropped == ["drop6", "drop7"]
    assert {full_size.get_layer(name).rate for name in dropped} == {0.5}


def test_feature_maps_have_the_size_of_the_paper(full_size):
    size = (1, 321, 321)
    for name, (stride, cells) in POOLS.items():
        layer = full_size.get_layer(name)
        assert layer.pool_size == (3, 3) and layer.strides == (stride, stride)
        shape = (size[0], *size[1:], 8)
        if name == "pool5a":
            shape = full_size.get_layer("pool5a_pad").compute_output_shape(shape)
        size = layer.compute_output_shape(shape)[:3]
        assert size == (1, cells, cells), name
    # Logits come back to the size of the image.
    upsample = full_size.get_layer("upsample")
    assert upsample.compute_output_shape((*size, 21)) == (1, 321, 321, 21)


def test_classifier_starts_as_in_the_paper(full_size):
    kernel, bias = full_size.get_layer("head_logits").get_weights()
    # 21,504 normal numbers: their standard deviation is right to 0.5 %.
    assert np.std(kernel) == pytest.approx(0.01, rel=0.03)
    assert not bias.any()


def test_random_network_gives_moderate_logits(full_size):
    # Intensities of order 100 do not saturate the softmax of a new network.
    probs = full_size(_image(1, 65, 65))
    assert np.min(probs) > 0.0 and np.max(probs) < 0.5


def test_mirrored_image_gives_mirrored_probabilities():
    """With symmetric kernels: windows are centred, and all borders are alike."""
    keras.utils.set_random_seed(2)
    segmenter = DeepLabLargeFOV(3, width=NARROW)
    for layer in segmenter.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            kernel = (kernel + kernel[::-1, ::-1]) / 2**0.5
            layer.set_weights([kernel, np.full_like(bias, 0.1)])
    image = _image(1, 65, 73)
    probs = segmenter(image).numpy()
    mirrored = segmenter(image[:, ::-1, ::-1]).numpy()
    assert np.ptp(probs[..., 0]) > 1e-3
    # Sums in another order, through sixteen layers.
    np.testing.assert_allclose(mirrored[:, ::-1, ::-1], probs, atol=1e-4)


def test_average_counts_the_padding_as_caffe_does(narrow):
    trunk = keras.Model(
        narrow.input,
        [narrow.get_layer(n).output for n in ("block5_pool", "pool5a")],
    )
    cells, mean = (array.numpy()[0] for array in trunk(_image(1, 33, 33)))
    np.testing.assert_allclose(mean[0, 0], cells[:2, :2].sum((0, 1)) / 9, rtol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (17, 23), (65, 71)])
def test_output_has_the_size_of_the_input(narrow, size):
    probs = narrow(_image(2, *size))
    assert probs.shape == (2, *size, 3)
    assert probs.dtype == tf.float32
    # Three float32 roundings of numbers up to 1.
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_every_eighth_pixel_shows_a_cell(narrow):
    image = _image(1, 33, 41)
    logits = keras.Model(narrow.input, narrow.get_layer("head_logits").output)(image)
    expected = tf.nn.softmax(logits)
    np.testing.assert_allclose(narrow(image)[:, ::8, ::8], expected, atol=1e-5)


def test_gradient_reaches_every_weight(narrow):
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(narrow(_image(1, 65, 65), training=True)[..., 0])
    for gradient in tape.gradient(score, narrow.trainable_variables):
        assert 0 < tf.reduce_max(tf.abs(gradient)) < np.inf


def test_half_precision_policy_gives_float32_probabilities():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        segmenter = DeepLabLargeFOV(3, width=NARROW)
    finally:
        keras.config.set_dtype_policy("float32")
    assert segmenter.get_layer("fc6").compute_dtype == "float16"
    probs = segmenter(_image(1, 33, 33))
    assert probs.dtype == tf.float32
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_saved_and_loaded_model_predicts_the_same(narrow, tmp_path):
    narrow.save(tmp_path / "a.keras")
    image = _image(1, 33, 33)
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(image), narrow(image))
    again = DeepLabLargeFOV(3, width=NARROW, weights=tmp_path / "a.keras")
    np.testing.assert_array_equal(again(image), narrow(image))


def test_weights_of_vgg16_are_carried_over_from_a_file(tmp_path):
    classifier = tiny_classifier()
    classifier.save_weights(tmp_path / "vgg.weights.h5")
    segmenter = DeepLabLargeFOV(3, width=NARROW, weights=tmp_path / "vgg.weights.h5")
    assert_carried_over(segmenter, classifier)


def test_imagenet_weights_are_carried_over(monkeypatch):
    """Without network: a network of random weights plays the download."""
    classifier = tiny_classifier()
    monkeypatch.setattr(
        keras.applications, "VGG16", lambda weights: classifier if weights else None
    )
    segmenter = DeepLabLargeFOV(3, width=NARROW, weights="imagenet")
    assert_carried_over(segmenter, classifier)


def test_names_and_shapes_of_keras_are_the_expected_ones():
    original = keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    shapes = {layer.name: layer.count_params() for layer in original.layers}
    for name, (*_, parameters) in LAYERS.items():
        if name.startswith("block"):
            assert shapes[name] == parameters


def test_failed_download_says_what_to_do(monkeypatch):
    def fail(**arguments):
        raise Exception("no network")

    monkeypatch.setattr(keras.applications, "VGG16", fail)
    with pytest.raises(OSError, match=r"no network.*weights=None"):
        DeepLabLargeFOV(3, width=NARROW, weights="imagenet")


def test_without_fully_connected_layers_fc6_and_fc7_start_fresh(tmp_path, caplog):
    """Protects: networks start from Keras' "notop" files, and say what they lack."""
    classifier = tiny_classifier(top=False)
    path = tmp_path / "notop.weights.h5"
    classifier.save_weights(path)
    caplog.set_level(logging.INFO, logger="tf_rloss")
    segmenter = DeepLabLargeFOV(3, width=NARROW, weights=path)
    assert caplog.messages == [
        f"13 of 16 layers of deeplab_largefov filled from {path}",
        f"fc6 and fc7 start from random weights: {path} has no fully connected layers",
    ]
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Conv2D):
            received = segmenter.get_layer(layer.name).get_weights()
            for one, other in zip(received, layer.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)
    # He's initializer: a standard deviation of sqrt(2 / inputs).
    for name in ("fc6", "fc7"):
        kernel, bias = segmenter.get_layer(name).get_weights()
        deviation = np.sqrt(2 / np.prod(kernel.shape[:3]))
        # The deviation of 4,096 random numbers is known to 1 / sqrt(8192), a 90th.
        assert kernel.std() == pytest.approx(deviation, rel=0.05)
        assert not bias.any()


def test_vgg16_with_one_of_its_fully_connected_layers_is_refused(tmp_path):
    classifier = tiny_classifier()
    whole = keras.Model(classifier.input, classifier.get_layer("fc1").output)
    whole.save_weights(tmp_path / "half.weights.h5")
    with pytest.raises(ValueError, match=r"fc1.*include_top"):
        DeepLabLargeFOV(3, width=NARROW, weights=tmp_path / "half.weights.h5")


def test_file_of_another_network_is_refused(tmp_path):
    image = keras.Input((8, 8, 3))
    other = keras.Model(image, keras.layers.Conv2D(4, 3, name="stem")(image))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match="no layer `block1_conv1`"):
        DeepLabLargeFOV(3, width=NARROW, weights=tmp_path / "other.weights.h5")


@pytest.mark.parametrize(
    "width, fc, named",
    [(NARROW, 100, "F=64"), (2 * NARROW, 64 * NARROW, r"block1_conv1` has .*, 4\)")],
)
def test_vgg16_of_another_shape_is_refused(tmp_path, width, fc, named):
    tiny_classifier(fc=fc).save_weights(tmp_path / "vgg.weights.h5")
    with pytest.raises(ValueError, match=named):
        DeepLabLargeFOV(3, width=width, weights=tmp_path / "vgg.weights.h5")


@pytest.mark.parametrize(
    "arguments, named",
    [({"num_classes": 1}, "num_classes=1"), ({"num_classes": 3, "width": 0}, "h=0")],
)
def test_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        DeepLabLargeFOV(**arguments)
