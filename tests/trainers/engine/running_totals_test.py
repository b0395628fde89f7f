"""Tests of trainers/engine/running_totals.py."""

import numpy as np
import pytest
import tensorflow as tf

from trainers.engine.running_totals import RunningTotals
from trainers.errors import TrainingError


def add(totals, step, terms, gradient=1.0, counts=(0, 0, 0, 0)):
    terms = [tf.constant(term) for term in terms]
    counts = tf.constant(counts, tf.float32)
    packed = RunningTotals.pack(terms, tf.add_n(terms), tf.constant(gradient), counts)
    totals.add(packed, tf.Variable(step, dtype=tf.int64))


def test_means_are_over_the_steps_of_an_epoch():
    totals = RunningTotals(["scribble", "image"], 2, labels="scribble")
    add(totals, 0, (1.0, 3.0), counts=(1, 1, 0, 2))
    add(totals, 1, (2.0, 5.0), counts=(0, 0, 1, 3))
    # Class 0: 1 / (1 + 1 + 1); class 1: 5 / (5 + 1 + 1).
    expected = {"loss": 5.5, "scribble": 1.5, "image": 4.0}
    expected["scribble_miou"] = (1 / 3 + 5 / 7) / 2
    assert totals.means() == pytest.approx(expected)
    totals.reset()
    add(totals, 2, (7.0, 1.0))
    assert totals.means() == expected | {
        "loss": 8.0,
        "scribble": 7.0,
        "image": 1.0,
        "scribble_miou": None,
    }


def test_a_single_term_is_shown_once():
    totals = RunningTotals(["scribble"], 2)
    add(totals, 0, (1.0,))
    assert set(totals.means()) == {"loss"}


def test_the_first_term_that_is_not_finite_is_named():
    totals = RunningTotals(["scribble", "image"], 2)
    add(totals, 0, (1.0, 1.0))
    totals.check_finite()
    add(totals, 1, (1.0, np.inf), gradient=np.nan)
    add(totals, 2, (np.nan, np.nan), gradient=np.nan)
    with pytest.raises(TrainingError, match=r"'image' loss became .* at step 2"):
        totals.check_finite()


def test_a_gradient_that_is_not_finite_is_named():
    totals = RunningTotals(["scribble"], 2)
    add(totals, 4, (1.0,), gradient=np.nan)
    with pytest.raises(TrainingError, match=r"The gradient became .* at step 5"):
        totals.check_finite()
