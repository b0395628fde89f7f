"""Tests of PadToMultiple and CropLike."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import CropLike, PadToMultiple


def test_border_is_repeated_at_the_bottom_and_the_right():
    inputs = tf.reshape(tf.range(6.0), (1, 2, 3, 1))
    padded = PadToMultiple(4)(inputs)[0, :, :, 0]
    np.testing.assert_array_equal(
        padded, [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]
    )


@pytest.mark.parametrize("size", [(1, 1), (8, 16), (17, 23)])
def test_crop_undoes_padding_for_sizes_known_at_run_time(size):
    image = keras.Input((None, None, 3))
    padded = PadToMultiple(8)(image)
    model = keras.Model(image, [padded, CropLike()(padded, image)])
    inputs = tf.random.stateless_uniform((2, *size, 3), seed=(0, 1))
    padded, cropped = model(inputs)
    assert padded.shape[1] % 8 == padded.shape[2] % 8 == 0
    assert 0 <= padded.shape[1] - size[0] < 8 and 0 <= padded.shape[2] - size[1] < 8
    np.testing.assert_array_equal(cropped, inputs)


def test_known_sizes_are_inferred():
    padded = PadToMultiple(8)(keras.Input((17, 24, 3)))
    assert padded.shape == (None, 24, 24, 3)
    assert CropLike()(padded, keras.Input((17, 24, 1))).shape == (None, 17, 24, 3)


def test_multiple_below_one_is_refused():
    with pytest.raises(ValueError, match="multiple=0"):
        PadToMultiple(0)


def test_configuration_survives_a_round_trip():
    config = keras.saving.serialize_keras_object(PadToMultiple(8))
    assert keras.saving.deserialize_keras_object(config).multiple == 8
