"""Tests of dilated backbones: the features of the original, more densely."""

import keras
import numpy as np
import pytest

from tf_rloss.models.backbones import BACKBONES, build_backbone, imagenet_weights


def _original_and_dilated(name, output_stride):
    """The original network, the dilated one, and the same weights in both."""
    keras.utils.set_random_seed(4)
    backbone = BACKBONES[name]
    original = backbone.application(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )
    features = [original.get_layer(n).output for n in (backbone.fine, backbone.deep)]
    original = keras.Model(original.input, features)
    # Statistics that are not those of a fresh layer, so that every array counts.
    generator = np.random.default_rng(0)
    for layer in original.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [generator.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()]
            )
    dilated = build_backbone(name, output_stride)
    dilated.set_weights(original.get_weights())
    return original, dilated


def _image(size):
    generator = np.random.default_rng(1)
    return generator.uniform(-1, 1, (1, size, size, 3)).astype(np.float32)


def _assert_close(received, expected):
    # Float32 sums in another order, through fifty layers.
    scale = np.abs(expected).max()
    np.testing.assert_allclose(received / scale, expected / scale, atol=1e-4)


# Where a cell of the original lies among the cells of the dilated network: MobileNetV2
# and EfficientNet stride in padded 3x3 and 5x5 convolutions (cell i of the next lower
# resolution is centred at 2 i + 1), ResNet in 1x1 convolutions (at 2 i).
@pytest.mark.slow
@pytest.mark.parametrize(
    "name, output_stride, first, step",
    [
        ("mobilenet_v2", 32, 0, 1),
        ("mobilenet_v2", 16, 1, 2),
        ("mobilenet_v2", 8, 3, 4),
        ("efficientnet_lite0", 32, 0, 1),
        ("efficientnet_lite0", 16, 1, 2),
        ("efficientnet_lite0", 8, 3, 4),
        ("resnet50", 8, 0, 4),
    ],
)
def test_every_cell_of_the_original_is_found(name, output_stride, first, step):
    original, dilated = _original_and_dilated(name, output_stride)
    image = _image(96)
    fine, deep = original(image)
    dilated_fine, dilated_deep = dilated(image)
    assert dilated_fine.shape[1:3] == (24, 24)
    assert dilated_deep.shape[1:3] == (96 // output_stride, 96 // output_stride)
    _assert_close(dilated_fine.numpy(), fine.numpy())
    _assert_close(dilated_deep.numpy()[:, first::step, first::step], deep.numpy())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_lite0"])
def test_names_order_and_shapes_of_weights_are_those_of_the_original(name):
    original, dilated = _original_and_dilated(name, 8)
    for layer, copy in zip(original.layers[1:], dilated.layers[1:], strict=True):
        assert copy.name == layer.name
        shapes = [weight.shape for weight in layer.weights]
        assert [weight.shape for weight in copy.weights] == shapes


def test_stages_of_resnet101_end_at_the_strides_they_are_dilated_for():
    stride = BACKBONES["resnet101"].stride
    names = ["conv1_relu", "conv2_block3_out", "conv3_block4_out"]
    names += ["conv4_block23_out", BACKBONES["resnet101"].deep]
    assert [stride(name) for name in names] == [2, 4, 8, 16, 32]


def test_failed_download_says_what_to_do(monkeypatch):
    def fail(**arguments):
        raise Exception("no network")

    broken = BACKBONES["resnet50"].__class__(
        **{**vars(BACKBONES["resnet50"]), "application": fail}
    )
    monkeypatch.setitem(BACKBONES, "resnet50", broken)
    with pytest.raises(OSError, match=r"no network.*weights=None"):
        imagenet_weights("resnet50")


@pytest.mark.parametrize(
    "arguments, named",
    [(("vgg", 8), "backbone='vgg'"), (("resnet50", 4), "output_stride=4")],
)
def test_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        build_backbone(*arguments)
