"""The classifier of tags: maps, their mean, and what a cell sees."""

import keras
import numpy as np
import pytest

from tf_rloss import evaluation, models


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return models.TagClassifier(3, width=8)


def image(height, width, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3))


@pytest.mark.parametrize("size, grid", [((32, 40), (8, 10)), ((1, 9), (1, 3))])
def test_maps_have_a_cell_for_every_4_pixels(classifier, size, grid):
    assert classifier(image(*size)).shape == (1, *grid, 3)


def test_maps_are_those_of_a_linear_classifier_of_pooled_features(classifier):
    """Class activation maps by their definition (Zhou et al., eq. 2)."""
    head = classifier.get_layer("head_maps")
    features = keras.Model(classifier.input, head.input)(image(16, 20))[0].numpy()
    kernel, bias = (weight.numpy() for weight in (head.kernel, head.bias))
    maps = classifier(image(16, 20))[0].numpy()
    expected = np.einsum("hwf,fk->hwk", features, kernel[0, 0]) + bias
    # float32 sums of 8 products.
    np.testing.assert_allclose(maps, expected, atol=1e-5)
    pooled = features.mean(axis=(0, 1)) @ kernel[0, 0] + bias
    np.testing.assert_allclose(maps.mean(axis=(0, 1)), pooled, atol=1e-5)


def test_a_cell_sees_15_pixels(classifier):
    before = image(64, 64)
    after = before.copy()
    after[0, 32, 32] = 255 - after[0, 32, 32]
    changed = np.abs(classifier(after) - classifier(before)).max(axis=(0, 3)) > 1e-7
    rows = np.flatnonzero(changed.any(axis=1))
    # Cells are 4 pixels apart, so that one pixel lies in at most 4 fields of 15.
    assert 1 <= len(rows) <= 4 and changed.any(axis=0).sum() <= 4


def test_maps_of_a_zoomed_image_come_at_any_size(classifier):
    predict = evaluation.make_predict(classifier, (2.0,))
    assert predict(image(24, 32)[0], (6, 8)).shape == (6, 8, 3)


def test_a_pretrained_segmenter_lends_its_trunk():
    segmenter = models.SmallDeepLab(3, width=8)
    maps = models.tag_classifier_of(segmenter)
    logits = segmenter.get_layer("head_logits")
    assert maps.get_layer("head_logits") is logits
    assert maps(image(32, 32)).shape == (1, 8, 8, 3)


def test_a_segmenter_of_four_classifiers_is_refused():
    segmenter = models.DeepLabVGG16(3, width=2)
    with pytest.raises(ValueError, match="one classifier, called `head_logits`"):
        models.tag_classifier_of(segmenter)


@pytest.mark.parametrize("options", [{"num_classes": 1}, {"width": 4}])
def test_arguments_out_of_range_are_named(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` must be"):
        models.TagClassifier(**({"num_classes": 3} | options))
