"""Tests of CaffeNormalization."""

import keras
import numpy as np
import pytest

from tf_rloss.layers import CaffeNormalization


def test_default_is_the_preprocessing_of_the_resnets_of_keras():
    image = np.random.default_rng(0).uniform(0, 255, (1, 2, 3, 3)).astype(np.float32)
    expected = keras.applications.resnet.preprocess_input(image.copy())
    np.testing.assert_allclose(CaffeNormalization()(image), expected, rtol=1e-6)


def test_mean_needs_three_channels():
    with pytest.raises(ValueError, match="mean_bgr="):
        CaffeNormalization(mean_bgr=(1.0, 2.0))


def test_configuration_survives_a_round_trip():
    layer = CaffeNormalization(mean_bgr=(1.0, 2.0, 3.0))
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert tuple(copy.mean_bgr) == (1.0, 2.0, 3.0)
