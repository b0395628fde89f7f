"""Tests of trainers/tally.py."""

import numpy as np
import pytest
import tensorflow as tf
from trainers.tally import Tally

from trainers.errors import TrainingError


def add(tally, step, terms, gradient=1.0, counts=(0, 0, 0, 0)):
    terms = [tf.constant(term) for term in terms]
    counts = tf.constant(counts, tf.float32)
    packed = Tally.pack(terms, tf.add_n(terms), tf.constant(gradient), counts)
    tally.add(packed, tf.Variable(step, dtype=tf.int64))


def test_means_are_over_the_steps_of_an_epoch():
    tally = Tally(["scribble", "image"], 2)
    add(tally, 0, (1.0, 3.0), counts=(1, 1, 0, 2))
    add(tally, 1, (2.0, 5.0), counts=(0, 0, 1, 3))
    # Class 0: 1 / (1 + 1 + 1); class 1: 5 / (5 + 1 + 1).
    expected = {"loss": 5.5, "scribble": 1.5, "image": 4.0, "miou": (1 / 3 + 5 / 7) / 2}
    assert tally.means() == pytest.approx(expected)
    tally.reset()
    add(tally, 2, (7.0, 1.0))
    assert tally.means() == {"loss": 8.0, "scribble": 7.0, "image": 1.0, "miou": None}


def test_a_single_term_is_shown_once():
    tally = Tally(["scribble"], 2)
    add(tally, 0, (1.0,))
    assert set(tally.means()) == {"loss", "miou"}


def test_the_first_term_that_is_not_finite_is_named():
    tally = Tally(["scribble", "image"], 2)
    add(tally, 0, (1.0, 1.0))
    tally.check_finite()
    add(tally, 1, (1.0, np.inf), gradient=np.nan)
    add(tally, 2, (np.nan, np.nan), gradient=np.nan)
    with pytest.raises(TrainingError, match=r"'image' loss became .* at step 2"):
        tally.check_finite()


def test_a_gradient_that_is_not_finite_is_named():
    tally = Tally(["scribble"], 2)
    add(tally, 4, (1.0,), gradient=np.nan)
    with pytest.raises(TrainingError, match=r"The gradient became .* at step 5"):
        tally.check_finite()
