"""Tests of PadToCorners, UpsampleCorners and ScaleCorners."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.layers import PadToCorners, ScaleCorners, UpsampleCorners


@pytest.mark.parametrize(
    "size, padded", [((1, 1), (1, 1)), ((8, 9), (9, 9)), ((321, 375), (321, 377))]
)
def test_sizes_become_a_multiple_plus_one(size, padded):
    layer = PadToCorners(8)
    inputs = tf.ones((1, *size, 2))
    outputs = layer(inputs)
    assert outputs.shape == layer.compute_output_shape((1, *size, 2))
    assert outputs.shape == (1, *padded, 2)
    # The image is in the top left, and all the rest is zero.
    np.testing.assert_array_equal(outputs[:, : size[0], : size[1]], inputs)
    assert tf.reduce_sum(outputs) == tf.reduce_sum(inputs)


def test_corners_stay_and_the_rest_is_linear_between_them():
    row = tf.constant([0.0, 4.0, 2.0])[None, None, :, None]
    enlarged = UpsampleCorners(4)(row)[0, 0, :, 0]
    np.testing.assert_allclose(enlarged, [0, 1, 2, 3, 4, 3.5, 3, 2.5, 2])


def test_every_eighth_cell_is_a_cell_of_the_input():
    inputs = np.random.default_rng(0).normal(size=(2, 6, 9, 3)).astype(np.float32)
    enlarged = UpsampleCorners(8)(inputs)
    assert enlarged.shape == (2, 41, 65, 3)
    # Positions are rounded to float32.
    np.testing.assert_allclose(enlarged[:, ::8, ::8], inputs, atol=1e-5)


def test_upsampling_undoes_the_stride_for_sizes_known_at_run_time():
    image = keras.Input((None, None, 3))
    padded = PadToCorners(8)(image)
    cells = keras.layers.MaxPooling2D(1, 8)(padded)
    model = keras.Model(image, [padded, UpsampleCorners(8)(cells)])
    for height, width in [(1, 1), (17, 23)]:
        padded, enlarged = model(tf.zeros((1, height, width, 3)))
        assert padded.shape == enlarged.shape


@pytest.mark.parametrize("zoom, shrink", [(3, 4), (1, 2), (4, 3), (2, 1)])
def test_scaled_cells_lie_where_they_were_in_the_image(zoom, shrink):
    """A linear function of the position is the same function of the new position."""
    rows, columns = np.mgrid[:13, :25].astype(np.float32)
    inputs = (3.0 * rows - columns)[None, ..., None]
    layer = ScaleCorners(zoom, shrink)
    scaled = layer(inputs)
    assert scaled.shape == layer.compute_output_shape((1, 13, 25, 1))
    height, width = 12 * zoom // shrink + 1, 24 * zoom // shrink + 1
    rows, columns = np.mgrid[:height, :width].astype(np.float32) * (shrink / zoom)
    # Positions are rounded to float32, and gradients are up to 3 per cell.
    np.testing.assert_allclose(scaled[0, ..., 0], 3.0 * rows - columns, atol=1e-4)


def test_compute_dtype_is_kept():
    layer = UpsampleCorners(2, dtype="mixed_float16")
    assert layer(tf.zeros((1, 2, 2, 1))).dtype == tf.float16


@pytest.mark.parametrize(
    "layer, named", [(PadToCorners, "stride=0"), (UpsampleCorners, "factor=0")]
)
def test_number_below_one_is_refused(layer, named):
    with pytest.raises(ValueError, match=named):
        layer(0)
    with pytest.raises(ValueError, match="shrink=0"):
        ScaleCorners(1, 0)


@pytest.mark.parametrize(
    "layer", [PadToCorners(8), UpsampleCorners(4), ScaleCorners(3, 4)]
)
def test_configuration_survives_a_round_trip(layer):
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.get_config() == layer.get_config()
