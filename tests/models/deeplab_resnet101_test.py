"""Tests of DeepLabResNet101: its layers, its scales, and what is frozen."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.tiny_resnet import WIDTH, tiny_resnet, use_tiny_resnet
from tf_rloss import models
from tf_rloss.models import DeepLabResNet101, with_scales

DILATIONS = (6, 12, 18, 24)


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def full():
    return models.build("deeplab_resnet101", 21)


@pytest.fixture(scope="module")
def tiny():
    """Narrow, with biases and statistics unlike those of a fresh network."""
    keras.utils.set_random_seed(3)
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_resnet(patch)
        segmenter = DeepLabResNet101(3)
    generator = np.random.default_rng(1)
    for layer in segmenter.get_layer("backbone").layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [generator.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()]
            )
    for head in range(1, 5):
        bias = segmenter.get_layer(f"head_logits_{head}").bias
        bias.assign(generator.normal(size=bias.shape))
    return segmenter


def test_parameters_are_those_of_the_caffe_net(full):
    """Counted from the layers of Caffe's file: kernels, then scale and bias of each."""
    kernels, channels = 7 * 7 * 3 * 64, 64
    inputs = 64
    for middle, blocks in ((64, 3), (128, 4), (256, 23), (512, 3)):
        kernels += inputs * 4 * middle  # branch1 of the first block
        channels += 4 * middle
        for _ in range(blocks):
            kernels += inputs * middle + 9 * middle**2 + middle * 4 * middle
            channels += middle + middle + 4 * middle
            inputs = 4 * middle
    head = 4 * (9 * 2048 * 21 + 21)
    assert kernels + 2 * channels + head == 44_048_532  # 44.0 M
    # Ours has a mean and a variance, too, and biases of convolutions.
    assert full.count_params() == kernels + 4 * channels + channels + head
    trained = sum(int(np.prod(v.shape)) for v in full.trainable_variables)
    assert trained == kernels + channels + head


def test_layers_have_the_strides_and_dilations_of_the_paper(full):
    trunk = full.get_layer("backbone")
    convs = [x for x in trunk.layers if isinstance(x, keras.layers.Conv2D)]
    assert len(convs) == 100 + 4  # and four shortcuts
    rates = {"conv4": 2, "conv5": 4}
    for layer in convs:
        strided = ("conv1_conv", "conv3_block1_0_conv", "conv3_block1_1_conv")
        assert layer.strides == (2, 2) if layer.name in strided else (1, 1), layer.name
        rate = rates.get(layer.name[:5], 1) if layer.kernel_size == (3, 3) else 1
        assert layer.dilation_rate == (rate, rate), layer.name
    for number, dilation in enumerate(DILATIONS, start=1):
        head = full.get_layer(f"head_logits_{number}")
        assert head.kernel.shape == (3, 3, 2048, 21)
        assert head.dilation_rate == (dilation, dilation)
        # Gaussian of deviation 0.01: the sample's, of 387,072 numbers, is within 1 %.
        assert np.std(head.kernel) == pytest.approx(0.01, rel=0.01)
        assert not np.any(head.bias)


def test_sizes_of_the_feature_maps_are_those_of_the_paper(full):
    """At the training crop, 321: cells of each scale, and aligned ones."""
    names = [
        f"{kind}_{s}" for s in ("x1", "x0.75", "x0.5") for kind in ("logits", "aligned")
    ]
    maps = keras.Model(full.input, [full.get_layer(name).output for name in names])
    shapes = maps.compute_output_shape((1, 321, 321, 3))
    assert [shape[1] for shape in shapes] == [41, 41, 31, 41, 21, 41]
    assert all(shape[3] == 21 for shape in shapes)


def test_fusion_takes_the_largest_logit_of_three_scales(tiny):
    """The segmenter against its parts, put together by hand."""
    trunk = tiny.get_layer("backbone")
    heads = [tiny.get_layer(f"head_logits_{n}") for n in range(1, 5)]
    image = _image(1, 65, 97)
    normalized = image[..., ::-1] - np.float32([104.008, 116.669, 122.675])

    def resize(x, height, width):
        return tf.raw_ops.ResizeBilinear(
            images=x, size=(height, width), align_corners=True
        )

    logits = []
    for size in ((65, 97), (49, 73), (33, 49)):
        features = trunk(resize(normalized, *size))
        assert features.shape == (1, size[0] // 8 + 1, size[1] // 8 + 1, 32 * WIDTH)
        logits.append(resize(sum(head(features) for head in heads), 9, 13))
    expected = tf.nn.softmax(tf.reduce_max(logits, axis=0))
    # Float32 through a hundred layers, and positions rounded.
    np.testing.assert_allclose(tiny(image)[:, ::8, ::8], expected, atol=1e-4)


def test_each_scale_has_an_output_of_its_own(tiny):
    image = _image(1, 65, 65)
    outputs = with_scales(tiny)(image, training=True)
    assert set(outputs) == {"probs", "x1", "x0.75", "x0.5"}
    names = {"x1": "logits_x1", "x0.75": "aligned_x0.75", "x0.5": "logits_x0.5"}
    for scale, stride in {"x1": 8, "x0.75": 8, "x0.5": 16}.items():
        logits = keras.Model(tiny.input, tiny.get_layer(names[scale]).output)(image)
        assert outputs[scale].shape == (1, 65, 65, 3)
        cells = outputs[scale][:, ::stride, ::stride]
        np.testing.assert_allclose(cells, tf.nn.softmax(logits), atol=1e-4)
    np.testing.assert_allclose(outputs["probs"], tiny(image), atol=1e-5)


def test_batch_normalization_is_at_rest(tiny):
    """Training neither uses a batch's statistics nor remembers them."""
    image, before = _image(2, 33, 33), tiny.get_weights()
    np.testing.assert_allclose(tiny(image, training=True), tiny(image), atol=1e-5)
    for old, new in zip(before, tiny.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    names = {v.path.split("/")[-1] for v in tiny.trainable_variables}
    assert names == {"kernel", "bias"}


def test_gradient_reaches_every_kernel(tiny):
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(tiny(_image(1, 65, 65), training=True)[..., 0])
    for gradient in tape.gradient(score, tiny.trainable_variables):
        assert 0 < tf.reduce_max(tf.abs(gradient)) < np.inf


@pytest.mark.parametrize("size", [(1, 1), (17, 40)])
def test_output_has_the_size_of_the_input(tiny, size):
    probs = tiny(_image(1, *size))
    assert probs.shape == (1, *size, 3)
    np.testing.assert_allclose(tf.reduce_sum(probs, -1), 1.0, atol=1e-6)


def test_saved_and_loaded_model_predicts_the_same_and_stays_frozen(tiny, tmp_path):
    tiny.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    image = _image(1, 33, 33)
    np.testing.assert_array_equal(loaded(image), tiny(image))
    count = len(tiny.trainable_variables)
    assert len(loaded.trainable_variables) == count
    assert set(with_scales(loaded)(image)) == {"probs", "x1", "x0.75", "x0.5"}


def test_weights_of_keras_network_and_of_a_run_are_taken(tiny, tmp_path, monkeypatch):
    use_tiny_resnet(monkeypatch)
    original = tiny_resnet()
    original.save_weights(tmp_path / "resnet.weights.h5")
    tiny.save(tmp_path / "run.keras")
    segmenter = DeepLabResNet101(3, weights=tmp_path / "resnet.weights.h5")
    trunk = segmenter.get_layer("backbone")
    for layer in original.layers:
        received = trunk.get_layer(layer.name) if layer.weights else layer
        for one, other in zip(received.get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    again = DeepLabResNet101(3, weights=tmp_path / "run.keras")
    for one, other in zip(again.get_weights(), tiny.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_imagenet_weights_fill_the_backbone(monkeypatch):
    """Without network: a network of random weights plays the download."""
    use_tiny_resnet(monkeypatch)
    found = {layer.name: layer.get_weights() for layer in tiny_resnet().layers}
    place = "tf_rloss.models.deeplab_resnet101.imagenet_weights"
    monkeypatch.setattr(place, lambda backbone: found)
    segmenter = models.build("deeplab_resnet101", 3, weights="imagenet")
    conv = segmenter.get_layer("backbone").get_layer("conv5_block3_2_conv")
    np.testing.assert_array_equal(conv.kernel, found["conv5_block3_2_conv"][0])


def test_wrong_argument_is_named():
    with pytest.raises(ValueError, match="num_classes=1"):
        DeepLabResNet101(1)
