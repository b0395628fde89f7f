"""Files and folders appear complete or not at all."""

import errno
import os
import stat

import pytest

from tf_rloss.files import atomic_file, atomic_folder


def test_the_file_is_there_after_the_block_and_not_before(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.parent == path.parent
        assert temporary.suffix == ".txt"
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_earlier_file_survives_a_failure(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("earlier")
    with pytest.raises(OSError, match="full"), atomic_file(path) as temporary:
        temporary.write_text("half")
        raise OSError("the disk is full")
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_has_the_usual_mode(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic_file(tmp_path / "a.txt") as temporary:
            temporary.touch()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


@pytest.fixture
def events(monkeypatch):
    """What was done to files, in order: ("fsync", inode) and ("replace", inode)."""
    seen = []
    fsync, replace = os.fsync, os.replace

    def seen_fsync(handle):
        seen.append(("fsync", os.fstat(handle).st_ino))
        fsync(handle)

    def seen_replace(source, target):
        seen.append(("replace", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "replace", seen_replace)
    return seen


def test_the_disk_has_the_content_before_the_name_and_then_the_name(tmp_path, events):
    path = tmp_path / "a.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("whole")
    file, folder = path.stat().st_ino, tmp_path.stat().st_ino
    assert events == [("fsync", file), ("replace", file), ("fsync", folder)]


def test_files_that_need_not_survive_a_power_cut_are_not_waited_for(tmp_path, events):
    with atomic_file(tmp_path / "a.txt", durable=False) as temporary:
        temporary.write_text("whole")
    assert [event for event, _ in events] == ["replace"]


def failing_fsync(monkeypatch, number):
    def fsync(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)


def test_an_earlier_file_survives_a_disk_that_does_not_take_the_content(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.txt"
    path.write_text("earlier")
    failing_fsync(monkeypatch, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"), atomic_file(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "earlier"


def test_a_file_system_that_knows_no_fsync_is_no_fault(tmp_path, monkeypatch):
    failing_fsync(monkeypatch, errno.EINVAL)
    with atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_a_folder_is_there_after_the_block_and_not_before(tmp_path):
    path = tmp_path / "new" / "a"
    with atomic_folder(path) as temporary:
        (temporary / "b.txt").write_text("whole")
        assert not path.exists() and temporary.parent == path.parent
    assert (path / "b.txt").read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) & 0o700 == 0o700


def test_nothing_is_left_of_a_folder_after_a_failure(tmp_path):
    with pytest.raises(OSError, match="full"), atomic_folder(tmp_path / "a") as folder:
        (folder / "b.txt").write_text("half")
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_of_a_folder_is_removed(tmp_path):
    for name in (".a-partial-x7", ".a-b-partial-x7", ".a-notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.txt").write_text("half")
    with atomic_folder(tmp_path / "a"):
        pass
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".a-b-partial-x7", ".a-notes", "a"]


def test_an_empty_folder_is_filled_and_another_one_is_not_touched(tmp_path):
    with atomic_folder(tmp_path) as temporary:
        (temporary / "b.txt").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    with pytest.raises(FileExistsError), atomic_folder(tmp_path):
        pytest.fail("the block must not run")
    with pytest.raises(FileExistsError), atomic_folder(tmp_path / "b.txt"):
        pytest.fail("the block must not run")
