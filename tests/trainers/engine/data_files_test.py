"""Changes of the data between two sessions of a run."""

import os
import pathlib
import shutil

import pytest
from toy_folder import write_folder

from tf_rloss import data
from trainers.engine import data_files
from trainers.engine.data_files import check_data_files
from trainers.engine.identity import describe_data
from trainers.errors import UserError


@pytest.fixture
def files(tmp_path):
    """Three files of a run, in two folders."""
    paths = [tmp_path / "data" / name for name in ("a/1.png", "a/2.png", "b/1.png")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * 10)
    return paths


@pytest.fixture
def folder(tmp_path, files):
    """A run that was begun with them."""
    run = tmp_path / "run"
    run.mkdir()
    check_data_files(run, {"training": files}, resumed=False)
    return run


def resume(folder, files):
    check_data_files(folder, {"training": files}, resumed=True)


def test_unchanged_files_are_not_read_again(folder, files, monkeypatch):
    monkeypatch.setattr(data_files, "digest_of_file", None)
    resume(folder, files)


def test_a_new_time_alone_is_no_change(folder, files):
    os.utime(files[1], ns=(1, 1))
    resume(folder, files)


def test_a_moved_folder_is_no_change(folder, files, tmp_path):
    moved = shutil.copytree(tmp_path / "data", tmp_path / "moved")
    resume(folder, [moved / p.relative_to(tmp_path / "data") for p in files])


@pytest.mark.parametrize("content", [b"another", b"\x07" * 10])
def test_a_changed_file_is_named(folder, files, content):
    files[2].write_bytes(content)
    os.utime(files[2], ns=(1, 1))
    with pytest.raises(UserError, match=r"changed .*, 1 in all: b/1\.png\. Restore"):
        resume(folder, files)


def test_files_that_came_or_went_are_named(folder, files, tmp_path):
    other = tmp_path / "data" / "b" / "9.png"
    other.write_bytes(b"x")
    with pytest.raises(UserError, match=r"2 in all: a/1\.png, b/9\.png"):
        resume(folder, [*files[1:], other])


def test_a_run_that_is_begun_anew_has_a_new_record(folder, files):
    files[0].write_bytes(b"new")
    check_data_files(folder, {"training": files}, resumed=False)
    resume(folder, files)


def test_a_damaged_record_is_a_sentence(folder, files):
    (folder / data_files.FILE).write_text('{"training": 3}')
    with pytest.raises(UserError, match=r"data_files.json is damaged"):
        resume(folder, files)


def test_a_name_of_any_length_in_a_damaged_record_is_shortened(folder, files):
    path = folder / data_files.FILE
    path.write_text(path.read_text().replace(".png", ".p" + "[" * 9000 + "\\u001b", 1))
    with pytest.raises(UserError, match=r"have changed since.*\[\[\[") as error:
        resume(folder, files)
    assert len(str(error.value)) < 2000 and str(error.value).isprintable()


def test_generated_images_have_no_record(tmp_path):
    check_data_files(tmp_path, {"training": (), "validation": ()}, resumed=False)
    assert not list(pathlib.Path(tmp_path).iterdir())


def test_a_folder_is_known_by_its_record_alone(tmp_path):
    """Protects: another first image was a digest that differs, and no file's name."""
    folder = write_folder(tmp_path / "data", 2)
    before = describe_data(data.folder(folder), None)
    first, other = (folder / "images" / f"toys-{i}.png" for i in range(2))
    first.write_bytes(other.read_bytes())
    assert describe_data(data.folder(folder), None) == before
