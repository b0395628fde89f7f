"""Cue files hold what was saved, and damaged ones are named."""

import numpy as np
import pytest

from tf_rloss import data
from tf_rloss.data import Cues

NONE = 255


@pytest.fixture
def some_cues():
    rng = np.random.default_rng(0)
    return {
        "a/b": Cues(np.array([1, 2], np.uint8), rng.integers(0, 3, (4, 5), np.uint8)),
        "ü": Cues(np.zeros(0, np.uint8), np.full((1, 1), NONE, np.uint8)),
        "c": Cues(np.array([2], np.uint8), rng.integers(0, 3, (2, 7), np.uint8)),
    }


def test_files_hold_what_was_saved(tmp_path, some_cues):
    data.save_cues(tmp_path / "cues.npz", some_cues)
    loaded = data.load_cues(tmp_path / "cues.npz")
    assert list(loaded) == list(some_cues)
    for name, (labels, cues) in some_cues.items():
        np.testing.assert_array_equal(loaded[name].labels, labels)
        np.testing.assert_array_equal(loaded[name].cues, cues)
        assert loaded[name].cues.dtype == np.uint8


def test_damaged_files_are_named(tmp_path, some_cues):
    path = tmp_path / "cues.npz"
    data.save_cues(path, some_cues)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(data.DataError, match=r"cues\.npz: is no file of cues"):
        data.load_cues(path)
    np.savez(path, ids=np.array([None, {}], object))
    with pytest.raises(data.DataError, match=r"cues\.npz: is no file of cues"):
        data.load_cues(path)
    parts = dict.fromkeys(("ids", "labels", "label_counts", "cues"), np.zeros(1, "u1"))
    np.savez(path, **parts, shapes=np.array([[2, 2]]))
    with pytest.raises(data.DataError, match="do not fit each other"):
        data.load_cues(path)
