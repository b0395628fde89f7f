"""The files of VOC are found, and missing ones are named."""

import shutil

import pytest

from tests.data.small_voc import write_voc
from tf_rloss.data import DataError
from tf_rloss.data.tfds import voc2012_files as files


@pytest.fixture
def root(tmp_path):
    return write_voc(tmp_path)


def test_files_are_found_in_the_order_of_the_list(root):
    train, val = (files.find_voc2012(root, split) for split in ("train", "val"))
    assert list(train) == ["t0", "t1", "t2", "t3"] and list(val) == ["v0", "v1"]
    assert train["t1"].image == root / "JPEGImages/t1.jpg"
    assert train["t1"].scribble == root / "pascal_2012_scribble/t1.png"
    assert val["v0"].scribble is None


def test_xml_serves_where_there_is_no_png(root):
    shutil.rmtree(root / "pascal_2012_scribble")
    assert files.find_voc2012(root, "train")["t0"].scribble.suffix == ".xml"
    shutil.rmtree(root / "pascal_2012")
    with pytest.raises(DataError, match="has no pascal_2012_scribble or pascal_2012"):
        files.find_voc2012(root, "train")
    assert len(files.find_voc2012(root, "val")) == 2


@pytest.mark.parametrize("part", ["JPEGImages", "SegmentationClassAug"])
def test_a_missing_folder_is_named_with_the_layout(root, part):
    shutil.rmtree(root / part)
    with pytest.raises(DataError, match=rf"has no {part}\. Expected there:\nJPEG"):
        files.find_voc2012(root, "val")


def test_missing_files_are_counted_and_named(root):
    (root / "JPEGImages/t2.jpg").unlink()
    for number in range(3):
        (root / f"pascal_2012_scribble/t{number}.png").unlink()
    with pytest.raises(DataError) as caught:
        files.find_voc2012(root, "train")
    assert "JPEGImages/: 1 of 4 missing: t2.jpg" in str(caught.value)
    expected = "pascal_2012_scribble/: 3 of 4 missing: t0.png, t1.png, t2.png"
    assert expected in str(caught.value)


def test_a_list_of_another_length_is_used_with_a_warning(root, caplog):
    files.find_voc2012(root, "val")
    assert "val.txt lists 2 images, not the usual 1449" in caplog.text


def test_the_image_that_a_public_list_forgets_is_added(root, monkeypatch, caplog):
    monkeypatch.setitem(files.NUM_IMAGES, "train", 5)
    for folder in ("JPEGImages", "SegmentationClassAug", "pascal_2012_scribble"):
        (path,) = (root / folder).glob("t0.*")
        shutil.copy(path, path.with_stem("2007_000032"))
    assert list(files.find_voc2012(root, "train"))[-1] == "2007_000032"
    assert "usual" not in caplog.text


@pytest.mark.parametrize(
    "text, message", [("a.jpg\nb/a.jpg", "lists a twice"), ("", "is empty")]
)
def test_a_wrong_list_is_named(root, text, message):
    (root / "ImageSets/SegmentationAug/val.txt").write_text(text)
    with pytest.raises(DataError, match=rf"val\.txt: {message}"):
        files.find_voc2012(root, "val")
