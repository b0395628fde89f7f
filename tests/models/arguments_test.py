"""Arguments that all networks share: `weights` and `dtype`."""

import inspect

import keras
import pytest
import tensorflow as tf

from tests.models.tiny_vgg16 import NARROW
from tf_rloss import models

NETWORKS = {
    "small_deeplab": lambda **options: models.SmallDeepLab(3, width=8, **options),
    "largefov": lambda **options: models.DeepLabLargeFOV(3, width=NARROW, **options),
    "msc": lambda **options: models.DeepLabMScLargeFOV(3, width=NARROW, **options),
    "vgg16": lambda **options: models.DeepLabVGG16(3, width=NARROW, **options),
    "v3_plus": lambda **options: models.DeepLabV3Plus(3, **options),
}


@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)
def test_dtype_is_the_policy_of_the_layers_and_of_no_others(build):
    before = keras.config.dtype_policy()
    network = build(dtype="mixed_float16")
    assert keras.config.dtype_policy() == before
    convolutions = [x for x in network.layers if isinstance(x, keras.layers.Conv2D)]
    assert convolutions
    for layer in convolutions:
        assert (layer.compute_dtype, layer.variable_dtype) == ("float16", "float32")
    assert network(tf.zeros((1, 17, 17, 3))).dtype == tf.float32


def test_an_error_leaves_the_policy_alone():
    before = keras.config.dtype_policy()
    with pytest.raises(ValueError, match="`backbone` must be one of"):
        models.DeepLabV3Plus(3, backbone="vgg", dtype="mixed_float16")
    assert keras.config.dtype_policy() == before


@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)
def test_no_weights_are_called_none_and_not_by_a_word(build):
    with pytest.raises(ValueError, match="`weights` must be None for random weights"):
        build(weights="none")


def test_all_networks_take_the_same_arguments():
    for name in models.__all__:
        builder = getattr(models, name)
        if name[0].isupper() and callable(builder):
            parameters = inspect.signature(builder).parameters
            assert parameters["dtype"].default is None, name
            if name != "TagClassifier":
                assert parameters["weights"].default is None, name
