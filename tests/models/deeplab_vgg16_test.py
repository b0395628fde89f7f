"""Tests of DeepLabVGG16: its differences from DeepLabLargeFOV."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.tiny_vgg16 import NARROW, assert_carried_over, tiny_classifier
from tf_rloss import models
from tf_rloss.models import DeepLabVGG16

BRANCHES = {"_1": 6, "_2": 12, "_3": 18, "_4": 24}
# Of one branch, as Caffe's model file has them.
PARAMETERS = {"fc6": 4_719_616, "fc7": 1_049_600, "head_logits": 21_525}


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


def test_branches_are_those_of_the_paper():
    segmenter = models.build("deeplab_vgg16", 21)
    for branch, dilation in BRANCHES.items():
        for name, parameters in PARAMETERS.items():
            layer = segmenter.get_layer(f"{name}{branch}")
            assert layer.count_params() == parameters
            rate = dilation if name == "fc6" else 1
            assert layer.dilation_rate == (rate, rate)
    assert segmenter.count_params() == 14_714_688 + 4 * sum(PARAMETERS.values())
    assert not [layer for layer in segmenter.layers if layer.name.startswith("pool5a")]
    drops = [x for x in segmenter.layers if isinstance(x, keras.layers.Dropout)]
    assert len(drops) == 8 and {drop.rate for drop in drops} == {0.5}


def test_logits_are_the_sum_of_the_branches():
    segmenter = DeepLabVGG16(3, width=NARROW)
    names = [f"head_logits{branch}" for branch in BRANCHES]
    outputs = [segmenter.get_layer(name).output for name in names]
    image = _image(1, 33, 41)
    branches = keras.Model(segmenter.input, outputs)(image)
    probs = segmenter(image)
    assert probs.shape == (1, 33, 41, 3)
    np.testing.assert_allclose(
        probs[:, ::8, ::8], tf.nn.softmax(sum(branches)), atol=1e-5
    )


def test_gradient_reaches_every_branch():
    segmenter = DeepLabVGG16(3, width=NARROW)
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(segmenter(_image(1, 65, 65), training=True)[..., 0])
    for gradient in tape.gradient(score, segmenter.trainable_variables):
        assert 0 < tf.reduce_max(tf.abs(gradient)) < np.inf


def test_weights_of_vgg16_fill_all_branches(tmp_path):
    classifier = tiny_classifier()
    classifier.save_weights(tmp_path / "vgg.weights.h5")
    path = tmp_path / "vgg.weights.h5"
    segmenter = DeepLabVGG16(3, width=NARROW, weights=path)
    assert_carried_over(segmenter, classifier, BRANCHES)


def test_without_fully_connected_layers_the_convolutions_are_filled(tmp_path, caplog):
    path = tmp_path / "notop.weights.h5"
    tiny_classifier(top=False).save_weights(path)
    caplog.set_level(logging.INFO, logger="tf_rloss")
    DeepLabVGG16(3, width=NARROW, weights=path)
    filled, fresh = caplog.messages
    assert filled.startswith("13 of 25 layers")
    assert fresh.startswith("fc6 and fc7 start from random weights")


def test_saved_and_loaded_model_predicts_the_same(tmp_path):
    segmenter = DeepLabVGG16(3, width=NARROW)
    segmenter.save(tmp_path / "a.keras")
    image = _image(1, 17, 23)
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(image), segmenter(image))


def test_wrong_argument_is_named():
    with pytest.raises(ValueError, match="num_classes=1"):
        DeepLabVGG16(1)
