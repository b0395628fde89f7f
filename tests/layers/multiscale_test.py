"""Tests of FineConv2D and SumCorners."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import FineConv2D, SumCorners


def _maps(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("stride", [1, 2, 4, 8])
def test_strided_cells_are_found_in_the_fine_result(stride):
    layer = FineConv2D(3, 3, training_strides=stride, activation="relu")
    inputs = _maps(2, 2 * stride + 1, 3 * stride + 1, 4)
    coarse, fine = layer(inputs, training=True), layer(inputs)
    assert coarse.shape == (2, 3, 4, 3)
    assert fine.shape == (*inputs.shape[:3], 3)
    np.testing.assert_allclose(fine[:, ::stride, ::stride], coarse, atol=1e-5)


def test_without_strides_it_is_the_convolution_of_keras():
    layer = FineConv2D(3, 3, bias_initializer="ones")
    plain = keras.layers.Conv2D(3, 3, padding="same")
    inputs = _maps(1, 5, 7, 2)
    received = layer(inputs)
    plain(inputs)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(received, plain(inputs), atol=1e-6)


def test_sum_is_that_of_the_enlarged_maps():
    coarse, fine = _maps(1, 2, 3, 2), _maps(1, 9, 17, 2)
    total = SumCorners()([fine, coarse], fine)
    corners = total[:, ::8, ::8] - fine[:, ::8, ::8]
    np.testing.assert_allclose(corners, coarse, atol=1e-5)


def test_maps_of_one_size_may_be_added_first():
    maps, reference = [_maps(1, 2, 3, 2), _maps(1, 2, 3, 2)], tf.zeros((1, 9, 17, 3))
    first = SumCorners()(maps, reference, training=True)
    np.testing.assert_allclose(first, SumCorners()(maps, reference), atol=1e-5)


def test_sizes_are_known_at_run_time_only():
    inputs = keras.Input((None, None, 2))
    conv = FineConv2D(3, 3, training_strides=4)(inputs)
    total = SumCorners()([conv], inputs)
    assert conv.shape == total.shape == (None, None, None, 3)
    model = keras.Model(inputs, total)
    for training in (False, True):
        result = model(_maps(1, 9, 5, 2), training=training)
        assert result.shape == (1, 9, 5, 3)


def test_configuration_survives_a_round_trip():
    layer = FineConv2D(3, 5, training_strides=4, activation="relu", name="fine")
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.get_config() == layer.get_config()
    assert copy.training_strides == 4 and copy.kernel_size == (5, 5)
