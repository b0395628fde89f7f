"""Tests of ResizeLike."""

import keras
import numpy as np
import tensorflow as tf

from tf_rloss.layers import ResizeLike


def test_pixel_centres_lie_at_half_integers():
    row = tf.constant([0.0, 4.0])[None, None, :, None]
    resized = ResizeLike()(row, tf.zeros((1, 1, 4, 9)))
    np.testing.assert_allclose(resized[0, 0, :, 0], [0.0, 1.0, 3.0, 4.0])


def test_size_is_read_at_run_time():
    inputs = keras.Input((None, None, 2)), keras.Input((None, None, 3))
    output = ResizeLike()(*inputs)
    assert output.shape == (None, None, None, 2)
    model = keras.Model(inputs, output)
    for height, width in [(1, 1), (5, 9)]:
        result = model([tf.zeros((2, 3, 3, 2)), tf.zeros((2, height, width, 3))])
        assert result.shape == (2, height, width, 2)


def test_compute_dtype_is_kept():
    layer = ResizeLike(dtype="mixed_float16")
    assert layer(tf.zeros((1, 2, 2, 1)), tf.zeros((1, 4, 4, 1))).dtype == tf.float16


def test_gradient_reaches_the_inputs_only():
    inputs, reference = tf.ones((1, 2, 2, 1)), tf.ones((1, 4, 4, 1))
    with tf.GradientTape() as tape:
        tape.watch([inputs, reference])
        total = tf.reduce_sum(ResizeLike()(inputs, reference))
    to_inputs, to_reference = tape.gradient(total, [inputs, reference])
    # Every weight of the interpolation sums to one: 16 pixels share 4 sources.
    np.testing.assert_allclose(tf.reduce_sum(to_inputs), 16.0)
    assert to_reference is None
