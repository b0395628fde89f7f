"""Tests of the segmentations that a figure of gradients starts from."""

import numpy as np
from two_strokes import write_scribble

from trainers.trained.gradient_figure import (
    central_disc,
    read_scribble,
    spread_scribble,
)


def test_spread_scribble_is_surest_on_the_scribbles(tmp_path):
    _, labels = write_scribble(tmp_path)
    probs = spread_scribble(labels)
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, atol=1e-5)
    assert probs[10, 20].argmax() == 2 and probs[40, 65].argmax() == 4
    assert (probs[..., [0, 1, 3]] == 0).all()
    # Far from both scribbles nothing is known.
    assert probs[59, 0].max() < 0.6 < probs[10, 20].max()


def test_disc_is_a_distribution_with_the_object_in_the_middle():
    probs = central_disc((31, 51))
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, atol=1e-6)
    assert probs[15, 25, 1] > 0.8 and probs[0, 0, 1] < 0.2


def test_thin_scribble_survives_reduction(tmp_path):
    path, labels = write_scribble(tmp_path)
    reduced = read_scribble(str(path), (60, 90), (20, 30))
    assert set(np.unique(reduced)) == {2, 4, 255}
    assert (reduced == 2).sum() == 7 and (labels == 2).sum() == 20
