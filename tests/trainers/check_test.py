"""Tests of trainers/check.py."""

import numpy as np
from PIL import Image
from toy_folder import write_folder

from tests.trainers.tiny_run import assert_one_line, call
from trainers import check


def _check(tmp_path, **flags):
    folders = {"data_dir": tmp_path / "data", "output_dir": tmp_path / "out"}
    return call(check, **folders | flags)


def test_a_sound_folder_is_counted_and_shown(tmp_path):
    write_folder(tmp_path / "data" / "train", 4)
    write_folder(tmp_path / "data" / "val", 2, ("images", "labels"))
    code, out, err = _check(tmp_path)
    assert code == 0, err
    assert "images: 4" in out and "images: 2" in out and "Wrong" not in out
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('<img class="photo"') == 6
    assert "pixels of scribbles" in page and "labelled share of masks" in page


def test_faults_of_all_folders_are_told_at_once(tmp_path):
    """Protects: the faults of val/ showed only when those of train/ were mended."""
    write_folder(tmp_path / "data" / "train", 4)
    write_folder(tmp_path / "data" / "val", 2, ("images", "labels"))
    (tmp_path / "data" / "val" / "labels" / "x.png").write_bytes(b"")
    image = next((tmp_path / "data" / "train" / "images").iterdir())
    image.write_bytes(image.read_bytes()[:60])
    (image.parent / "red\x1b[31m.png").write_bytes(b"")
    result = _check(tmp_path)
    assert_one_line(result, "4 faults have to be mended")
    assert r"Wrong: images/red\x1b[31m.png: " in result[1] and "\x1b" not in result[1]
    assert f"Wrong: images/{image.name}: " in result[1]
    assert "Wrong: labels/x.png: has no image of that name" in result[1]
    assert (tmp_path / "out" / "report.html").is_file()


def test_nothing_is_said_of_labels_that_cannot_be_read(tmp_path):
    """Protects: "labelled share of scribbles: 100.0 %", when all were damaged."""
    data = write_folder(tmp_path / "data", 2, ("images", "scribbles"))
    for path in (data / "scribbles").iterdir():
        path.write_bytes(path.read_bytes()[:60])
    result = _check(tmp_path)
    assert_one_line(result, "2 faults")
    assert "labelled share" not in result[1] and "Perhaps" not in result[1]


def test_classes_that_cannot_be_validated_are_named(tmp_path):
    write_folder(tmp_path / "data" / "train", 4, ("images", "scribbles"))
    code, out, _ = _check(tmp_path)
    assert code == 0 and "there will be no validation" in out
    val = write_folder(tmp_path / "data" / "val", 2, ("images", "labels"))
    for path in (val / "labels").iterdir():
        labels = np.asarray(Image.open(path))
        Image.fromarray(np.where(labels == 2, 0, labels).astype(np.uint8)).save(path)
    code, out, _ = _check(tmp_path)
    assert code == 0 and "Class 2 'class 2' is in the training labels and in no" in out


def test_a_folder_without_images_is_one_fault(tmp_path):
    write_folder(tmp_path / "data" / "train", 2)
    (tmp_path / "data" / "val" / "images").mkdir(parents=True)
    assert_one_line(_check(tmp_path), "1 faults")
    assert_one_line(_check(tmp_path, data_dir=tmp_path / "nowhere"), "--data_dir must")
