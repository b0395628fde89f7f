"""Files and folders appear complete or not at all."""

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


def test_an_empty_folder_is_filled_and_another_one_is_not_touched(tmp_path):
    with atomic_folder(tmp_path) as temporary:
        (temporary / "b.txt").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    with pytest.raises(FileExistsError), atomic_folder(tmp_path):
        pytest.fail("the block must not run")
    with pytest.raises(FileExistsError), atomic_folder(tmp_path / "b.txt"):
        pytest.fail("the block must not run")
