"""Tests of DeepLabMScLargeFOV: its branches, and its two graphs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.tiny_vgg16 import NARROW, assert_carried_over, tiny_classifier
from tf_rloss import models
from tf_rloss.models import DeepLabLargeFOV, DeepLabMScLargeFOV

# Source of a branch: stride when training, parameters of its first convolution, and
# cells of a side of 321 pixels when predicting; as Caffe's model files have them.
BRANCHES = {
    "data": (8, 3_584, 321),
    "pool1": (4, 73_856, 161),
    "pool2": (2, 147_584, 81),
    "pool3": (1, 295_040, 41),
    "pool4": (1, 589_952, 41),
}
LARGEFOV = 20_505_429


def _image(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def narrow():
    keras.utils.set_random_seed(3)
    segmenter = DeepLabMScLargeFOV(3, width=NARROW)
    # Fresh branches are almost silent.
    for layer in segmenter.layers:
        if layer.name.startswith("branch") and layer.weights:
            kernel, bias = layer.get_weights()
            random = np.random.default_rng(len(layer.name)).normal(size=kernel.shape)
            fan_in = kernel[..., 0].size
            layer.set_weights([random / fan_in**0.5, bias + 0.01])
    return segmenter


def _logits(segmenter, image, training):
    names = [*(f"branch_{source}_logits" for source in BRANCHES), "head_logits"]
    outputs = [segmenter.get_layer(name).output for name in names]
    drops = [x for x in segmenter.layers if isinstance(x, keras.layers.Dropout)]
    for drop in drops:
        drop.rate = 0.0
    logits = keras.Model(segmenter.input, outputs)(image, training=training)
    for drop in drops:
        drop.rate = 0.5
    return logits


def test_branches_are_those_of_the_paper():
    segmenter = models.build("deeplab_msc_largefov", 21)
    total = LARGEFOV
    for source, (stride, parameters, _) in BRANCHES.items():
        conv, fc, logits = (
            segmenter.get_layer(f"branch_{source}_{part}")
            for part in ("conv", "fc", "logits")
        )
        assert conv.training_strides == stride
        assert conv.count_params() == parameters
        assert fc.count_params() == 16_512 and fc.kernel_size == (1, 1)
        assert logits.count_params() == 2_709
        total += parameters + 16_512 + 2_709
        deviations = [np.std(layer.get_weights()[0]) for layer in (conv, fc, logits)]
        published = [0.001, 0.005 if source == "pool4" else 0.001]
        published.append(0.0 if source == "pool3" else 0.01)
        # Of 2,688 normal numbers or more: right to 1.4 %.
        assert deviations == pytest.approx(published, rel=0.06)
    assert segmenter.count_params() == total


def test_branches_go_down_to_stride_8_when_training_only(narrow):
    image = _image(1, 321, 321)
    for logits in _logits(narrow, image, training=True):
        assert logits.shape == (1, 41, 41, 3)
    cells = [logits.shape[1] for logits in _logits(narrow, image, training=False)]
    assert cells == [*(cells for *_, cells in BRANCHES.values()), 41]


def test_both_graphs_agree_on_the_cells_of_stride_8(narrow):
    image = _image(1, 33, 41)
    coarse = sum(_logits(narrow, image, training=True))
    fine = narrow(image)
    assert fine.shape == (1, 33, 41, 3)
    np.testing.assert_allclose(fine[:, ::8, ::8], tf.nn.softmax(coarse), atol=1e-4)
    # In between they differ: the fine graph sees more than an interpolation.
    between = tf.raw_ops.ResizeBilinear(
        images=coarse, size=(33, 41), align_corners=True
    )
    assert np.abs(fine - tf.nn.softmax(between)).max() > 0.01


def test_gradient_reaches_every_weight(narrow):
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(narrow(_image(1, 65, 65), training=True)[..., 0])
    for gradient in tape.gradient(score, narrow.trainable_variables):
        assert 0 < tf.reduce_max(tf.abs(gradient)) < np.inf


def test_saved_and_loaded_model_predicts_the_same(narrow, tmp_path):
    narrow.save(tmp_path / "a.keras")
    image = _image(1, 17, 23)
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(image), narrow(image))
    again = DeepLabMScLargeFOV(3, width=NARROW, weights=tmp_path / "a.keras")
    np.testing.assert_array_equal(again(image), narrow(image))


def test_a_largefov_fills_all_but_the_branches(tmp_path):
    keras.utils.set_random_seed(4)
    largefov = DeepLabLargeFOV(3, width=NARROW)
    largefov.save(tmp_path / "a.keras")
    segmenter = DeepLabMScLargeFOV(3, width=NARROW, weights=tmp_path / "a.keras")
    for layer in largefov.layers:
        if layer.weights:
            received = segmenter.get_layer(layer.name).get_weights()
            for one, other in zip(received, layer.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)


def test_weights_of_vgg16_are_carried_over(tmp_path):
    classifier = tiny_classifier()
    classifier.save_weights(tmp_path / "vgg.weights.h5")
    path = tmp_path / "vgg.weights.h5"
    segmenter = DeepLabMScLargeFOV(3, width=NARROW, weights=path)
    assert_carried_over(segmenter, classifier)
