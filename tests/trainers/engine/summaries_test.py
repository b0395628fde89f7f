"""Tests of trainers/engine/summaries.py."""

import importlib.util

import numpy as np
import tensorflow as tf

from trainers.engine.summaries import Summaries

PICTURE = np.zeros((4, 5, 3), np.uint8)


def write(folder, enabled=True):
    summaries = Summaries(folder, enabled)
    summaries.scalars(7, {"loss": 1.5, "val_miou": None})
    summaries.picture(7, "predictions", PICTURE)
    summaries.picture(7, "none", None)
    summaries.close()


def test_scalars_and_pictures_are_written_where_tensorboard_is(tmp_path):
    write(tmp_path)
    tags = {
        value.tag: event.step
        for file in tmp_path.iterdir()
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }
    # The package is an extra, so that tests pass without it too.
    installed = importlib.util.find_spec("tensorboard") is not None
    assert tags == ({"loss": 7, "predictions": 7} if installed else {})


def test_without_tensorboard_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    write(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_what_is_turned_off_is_not_written(tmp_path):
    write(tmp_path / "none", enabled=False)
    assert not (tmp_path / "none").exists()
