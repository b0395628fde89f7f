"""Tests of trainers/engine/averaging.py."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainers.engine.averaging import WeightAverage


def follow(values, decay, start=0.0):
    """The average after a weight took each of `values`."""
    weight = keras.Variable(np.float32(start))
    average = WeightAverage([weight], decay)
    for step, value in enumerate(values):
        weight.assign(value)
        average.update(tf.constant(step, tf.int64))
    return float(average.values()[0])


def test_the_average_follows_its_formula():
    expected = 0.0
    for step, value in enumerate((1.0, 2.0, 4.0)):
        keep = min(0.97, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * value
    assert follow((1.0, 2.0, 4.0), 0.97) == pytest.approx(expected, rel=1e-6)


def test_late_steps_keep_the_decay():
    # After 1000 steps (1 + t) / (10 + t) is above 0.9, the decay here.
    values = [0.0] * 1000 + [1.0]
    assert follow(values, 0.9) == pytest.approx(0.1, rel=1e-5)


def test_decay_zero_copies():
    assert follow((1.0, 5.0), 0.0) == 5.0


def test_a_constant_is_its_own_average():
    assert follow([3.0] * 50, 0.97, start=3.0) == 3.0
