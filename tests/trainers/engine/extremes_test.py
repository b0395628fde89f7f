"""Tests of the scores of a segmenter and of the images that are shown."""

import numpy as np

from tf_rloss import data, evaluation
from trainers.engine.extremes import SHOWN, Extremes


def test_best_and_worst_are_in_order_and_limited():
    source = data.synthetic("val", num_images=10, size=32)
    extremes = Extremes(source)
    mask = np.zeros((8, 8), np.uint8)
    # Image i has i rows right; image 9 has no labelled pixel.
    for index in (4, 0, 7, 2, 8, 1, 6, 3, 5, 9):
        label_map = np.ones((8, 8), np.uint8)
        label_map[:index] = 0
        truth = mask if index < 9 else np.full_like(mask, 255)
        confusion = evaluation.ConfusionMatrix(source.num_classes)
        confusion.update(truth, label_map)
        extremes.add(
            evaluation.Scored(
                index, np.zeros((4, 4, 3), np.uint8), truth, label_map, confusion
            )
        )
    best, worst = (
        [row.title.split()[0] for row in rows]
        for rows in (extremes.best, extremes.worst)
    )
    # Right are 8/8 of image 8, 7/8 of image 7, ...
    assert best == [f"val-{i:05d}" for i in (8, 7, 6, 5, 4, 3)][:SHOWN]
    assert worst == [f"val-{i:05d}" for i in range(6)][:SHOWN]
