"""Tests of trainers/engine/checkpoints.py."""

import errno
import os

import pytest
import tensorflow as tf

from trainers.engine.checkpoints import Checkpoints
from trainers.errors import TrainingError, UserError


def make(folder, value=0.0, writable=True):
    variable = tf.Variable(value)
    return Checkpoints(folder, {"state": [variable]}, writable), variable


def test_the_newest_checkpoint_is_restored_and_old_ones_are_dropped(tmp_path):
    checkpoints, variable = make(tmp_path)
    for step in (1, 2, 3):
        variable.assign(step)
        checkpoints.save(step)
    restored, variable = make(tmp_path)
    assert restored.restore()
    assert variable.numpy() == 3.0
    assert not list(tmp_path.glob("ckpt-1.*"))


def test_without_a_checkpoint_nothing_is_restored(tmp_path):
    checkpoints, variable = make(tmp_path / "none", 7.0)
    assert not checkpoints.restore()
    assert variable.numpy() == 7.0


def test_a_checkpoint_that_the_index_does_not_name_is_ignored(tmp_path):
    checkpoints, variable = make(tmp_path, 1.0)
    checkpoints.save(1)
    for suffix in ("index", "data-00000-of-00001"):
        (tmp_path / f"ckpt-2.{suffix}").write_bytes(b"half of a checkp")
    restored, variable = make(tmp_path)
    assert restored.restore()
    assert variable.numpy() == 1.0


@pytest.mark.parametrize("whole", [True, False])
def test_a_kill_before_the_first_index_leaves_nothing_behind(tmp_path, capsys, whole):
    """Of a whole checkpoint the run goes on; after a torn one it begins anew."""
    if whole:
        checkpoints, _ = make(tmp_path, 4.0)
        checkpoints.save(1)
        (tmp_path / "checkpoint").unlink()
    else:
        for suffix in ("index", "data-00000-of-00001"):
            (tmp_path / f"ckpt-1.{suffix}").write_bytes(b"half of a checkp")
    restored, variable = make(tmp_path)
    assert restored.restore() == whole
    assert variable.numpy() == (4.0 if whole else 0.0)
    assert ("the run begins anew" in capsys.readouterr().out) != whole
    for step in (2, 3):
        restored.save(step)
    names = {path.name.partition(".")[0] for path in tmp_path.glob("ckpt-*")}
    assert names == {"ckpt-2", "ckpt-3"}


def test_the_one_before_stands_in_for_an_unreadable_checkpoint(tmp_path):
    checkpoints, variable = make(tmp_path)
    for step in (1, 2):
        variable.assign(step)
        checkpoints.save(step)
    (tmp_path / "ckpt-2.index").write_bytes(b"broken by the disk")
    restored, variable = make(tmp_path)
    assert restored.restore()
    assert variable.numpy() == 1.0


def test_checkpoints_of_another_network_are_refused(tmp_path):
    make(tmp_path)[0].save(1)
    other = Checkpoints(tmp_path, {"state": [tf.Variable([1.0, 2.0, 3.0])]})
    with pytest.raises(UserError, match="can be read"):
        other.restore()


def test_a_path_of_any_length_in_a_damaged_index_is_shortened(tmp_path):
    make(tmp_path)[0].save(1)
    index = tmp_path / "checkpoint"
    index.write_text(index.read_text().replace("ckpt-1", "ckpt-1" + "[" * 9000))
    with pytest.raises(UserError, match="can be read") as error:
        make(tmp_path)[0].restore()
    assert len(str(error.value)) < 2000


def test_a_worker_that_is_not_the_chief_saves_nothing(tmp_path):
    make(tmp_path / "run", writable=False)[0].save(1)
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    checkpoints, _ = make(tmp_path / "file" / "folder")
    with pytest.raises(TrainingError, match="cannot be written to") as error:
        checkpoints.save(1)
    assert "\n" not in str(error.value)


def test_a_damaged_index_is_done_without(tmp_path):
    checkpoints, variable = make(tmp_path)
    for step in (8, 9, 10):
        variable.assign(step)
        checkpoints.save(step)
    (tmp_path / "checkpoint").write_bytes(b"")
    restored, variable = make(tmp_path)
    assert restored.restore()
    assert variable.numpy() == 10.0
    restored.save(11)
    again, variable = make(tmp_path)
    assert again.restore()


def test_the_disk_has_a_checkpoint_before_the_index_names_it(tmp_path, monkeypatch):
    folder, fsync, synced = tmp_path / "checkpoints", os.fsync, []

    def watched(handle):
        # The index of a folder is replaced only when all of its files are synced.
        index = folder / "checkpoint"
        assert not index.exists() or "ckpt-2" not in index.read_text()
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    checkpoints, _ = make(folder)
    checkpoints.save(1)
    monkeypatch.setattr(os, "fsync", watched)
    checkpoints.save(2)
    names = ("ckpt-2.index", "ckpt-2.data-00000-of-00001")
    files = [folder / name for name in names]
    *first, last = [path.stat().st_ino for path in (*files, folder)]
    assert set(first) <= set(synced[: synced.index(last)])
    assert "ckpt-2" in (folder / "checkpoint").read_text()
    assert checkpoints.restore()


def test_a_disk_that_does_not_take_a_checkpoint_is_a_sentence(tmp_path, monkeypatch):
    def fsync(handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    checkpoints, variable = make(tmp_path, 1.0)
    checkpoints.save(1)
    monkeypatch.setattr(os, "fsync", fsync)
    variable.assign(2.0)
    with pytest.raises(TrainingError, match=r"cannot be written to .*Input/output"):
        checkpoints.save(2)
    restored, variable = make(tmp_path)
    assert restored.restore()
    assert variable.numpy() == 1.0
