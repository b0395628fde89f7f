"""The folder that is annotated, and the flags that begin one."""

import numpy as np
import pytest
from page_client import write_photographs
from PIL import Image

from tests.trainers.tiny_run import assert_one_line, call
from tf_rloss.data.folders.classes_file import read_classes
from tf_rloss.labels import voc_palette
from trainers import annotate
from trainers.annotation_page.folder import Folder, find_root
from trainers.errors import UserError


def write_images(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("RGB", (8, 6)).save(folder / name)
    return folder


def test_a_folder_begins_with_photographs_and_names(tmp_path, capsys):
    photos = write_images(tmp_path / "photos", "a.jpg", "b.png")
    (photos / "notes.txt").write_text("x")
    write_images(tmp_path / "data" / "images", "a.png")
    before = (tmp_path / "data" / "images" / "a.png").read_bytes()
    root = find_root(str(tmp_path / "data"), str(photos))
    assert sorted(p.name for p in (root / "images").iterdir()) == ["a.png", "b.png"]
    assert (root / "images" / "a.png").read_bytes() == before
    printed = capsys.readouterr().out
    assert "Left out: photos/notes.txt: is neither PNG nor JPEG" in printed
    assert "1 photographs copied" in printed
    folder = Folder(root, ("background", " my cat", "dog 1 2 3"))
    assert folder.classes.names == ("background", "my cat", "dog 1 2 3")
    assert read_classes(root).names == folder.classes.names
    assert not folder.palette[0].any() and folder.palette[1:].any(axis=1).all()
    assert Folder(root).classes.names == folder.classes.names


def test_a_folder_with_label_maps_keeps_the_colours_of_voc(tmp_path):
    """Protects: coloured label maps could not be read any more."""
    write_images(tmp_path / "images", "a.png")
    (tmp_path / "labels").mkdir()
    folder = Folder(tmp_path, ("background", "cat", "dog"))
    np.testing.assert_array_equal(folder.palette, voc_palette(3))


def test_classes_are_named_once(tmp_path):
    root = write_photographs(tmp_path / "data", ["a"])
    with pytest.raises(UserError, match=r"contradicts classes\.txt, which names backg"):
        Folder(root, ("background", "dog"))
    assert Folder(root, ("background", "cat", "dog")).classes.names[2] == "dog"
    (root / "classes.txt").unlink()
    with pytest.raises(UserError, match="--class_names=background,cat,dog writes it"):
        Folder(root)
    for names in (("a",), ("a", "a"), ("a", "unlabelled"), ("a", " ")):
        with pytest.raises(UserError, match="must be 2 to 255 different names"):
            Folder(root, names)
    assert not (root / "classes.txt").exists()


def test_photographs_may_lie_in_train(tmp_path):
    write_images(tmp_path / "train" / "images", "a.png")
    assert find_root(str(tmp_path), None) == tmp_path / "train"


def test_wrong_commands_get_one_line(tmp_path):
    def refused(*parts, **flags):
        given = {"data_dir": tmp_path / "data", "port": 0}
        assert_one_line(call(annotate, open_browser=False, **given | flags), *parts)

    refused("--data_dir must hold images/", "--input_dir=DIR copies")
    refused("--input_dir must be a folder", input_dir=tmp_path / "nowhere")
    refused("has no PNG or JPEG", input_dir=write_images(tmp_path / "empty"))
    root = write_photographs(tmp_path / "data", ["a"])
    refused("Not found", "nowhere", model=root / "nowhere")
    refused("must be flags", training_flags="crf")
    refused("cannot set --output_dir", training_flags="--output_dir=x")
    refused("No closing quotation", training_flags="--a='")
    refused("port", port=99999)
    refused("Cannot listen at --host=192.0.2.1", host="192.0.2.1")
