"""Networks for images of other channels than RGB, and weights that learned from RGB."""

import functools
import logging

import keras
import numpy as np
import pytest

from tf_rloss import models

BUILDERS = {
    "small_deeplab": functools.partial(models.SmallDeepLab, width=8),
    "deeplab_largefov": functools.partial(models.DeepLabLargeFOV, width=2),
    "deeplab_msc_largefov": functools.partial(models.DeepLabMScLargeFOV, width=2),
    "deeplab_vgg16": functools.partial(models.DeepLabVGG16, width=2),
    "deeplab_v3_plus_mobilenet_v2": functools.partial(
        models.DeepLabV3Plus, backbone="mobilenet_v2"
    ),
    "deeplab_v3_plus_efficientnet_lite0": functools.partial(
        models.DeepLabV3Plus, backbone="efficientnet_lite0"
    ),
}
# Those that normalize all channels alike.
ALIKE = ("small_deeplab", "deeplab_v3_plus_mobilenet_v2")


def grey_image(channels):
    """One grey image in all channels, (1, 33, 37, C)."""
    grey = np.random.default_rng(0).uniform(0, 255, (1, 33, 37, 1))
    return np.repeat(grey, channels, axis=-1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 5])
@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_networks_take_any_channels(build, channels):
    network = build(3, channels=channels)
    assert network.input_shape == (None, None, None, channels)
    probs = network(grey_image(channels), training=False)
    assert probs.shape == (1, 33, 37, 3)
    np.testing.assert_allclose(np.sum(probs, -1), 1.0, rtol=1e-5)


def test_classifiers_of_tags_take_any_channels():
    network = models.TagClassifier(3, channels=4)
    assert network(grey_image(4)).shape == (1, 9, 10, 3)


def test_build_passes_the_channels_on():
    assert models.build("small_deeplab", 2, channels=4).input_shape[-1] == 4
    for channels in (0, 2.5):
        with pytest.raises(ValueError, match="`channels` must be an integer"):
            models.build("small_deeplab", 2, channels=channels)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("name", ALIKE)
def test_weights_of_rgb_see_grey_in_other_channels_alike(
    tmp_path, caplog, name, channels
):
    keras.utils.set_random_seed(0)
    rgb = BUILDERS[name](3)
    rgb.save_weights(tmp_path / "rgb.weights.h5")
    with caplog.at_level(logging.INFO):
        network = BUILDERS[name](
            3, channels=channels, weights=tmp_path / "rgb.weights.h5"
        )
    (line,) = (r.getMessage() for r in caplog.records if "kernel of" in r.getMessage())
    assert f"times 3 / {channels}, for each of the {channels} channels" in line
    found = network(grey_image(channels), training=False)
    expected = rgb(grey_image(3), training=False)
    # The sums over channels in float32, in another order.
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_vgg_weights_of_rgb_become_their_mean(tmp_path):
    rgb = BUILDERS["deeplab_largefov"](3)
    rgb.save_weights(tmp_path / "rgb.weights.h5")
    network = BUILDERS["deeplab_largefov"](
        3, channels=2, weights=tmp_path / "rgb.weights.h5"
    )
    kernel, bias = rgb.get_layer("block1_conv1").get_weights()
    found, same_bias = network.get_layer("block1_conv1").get_weights()
    expected = np.repeat(kernel.mean(axis=2, keepdims=True) * 1.5, 2, axis=2)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_array_equal(same_bias, bias)
    for one, other in zip(
        network.get_layer("fc7").get_weights(),
        rgb.get_layer("fc7").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
