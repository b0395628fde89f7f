"""An export refuses wrong arguments, and leaves nothing behind when writing fails."""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.export.tiny_export import save_tiny, tiny_segmenter
from tf_rloss.export import check_target, load_exported, saved_model
from tf_rloss.labels import voc_palette


def test_nothing_is_visible_before_everything_is_written(tmp_path, monkeypatch):
    path = tmp_path / "model"
    seen = []

    def watch(function):
        def watched(*arguments, **options):
            seen.append(path.exists())
            result = function(*arguments, **options)
            seen.append(path.exists())
            return result

        return watched

    monkeypatch.setattr(tf.saved_model, "save", watch(tf.saved_model.save))
    monkeypatch.setattr(saved_model, "write_card", watch(saved_model.write_card))
    save_tiny(path)
    assert seen == [False] * 4 and path.exists()


def test_earlier_export_stays_when_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    path = save_tiny(tmp_path / "model")
    before = (path / "saved_model.pb").read_bytes()
    rename = pathlib.Path.rename

    def fail_for_new(self, target):
        if self.name == "saved_model":
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(pathlib.Path, "rename", fail_for_new)
    with pytest.raises(OSError, match="no space left"):
        save_tiny(path, tiny_segmenter(seed=1))
    assert (path / "saved_model.pb").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_failure_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        save_tiny(tmp_path / "new" / "model", card={"flags": {"bad": object()}})
    assert not list((tmp_path / "new").iterdir())


def test_failure_while_replacing_keeps_the_earlier_export(tmp_path):
    path = save_tiny(tmp_path / "model")
    before = (path / "saved_model.pb").read_bytes()
    with pytest.raises(TypeError):
        save_tiny(path, tiny_segmenter(seed=1), card={"flags": {"bad": object()}})
    assert (path / "saved_model.pb").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_earlier_export_is_replaced(tmp_path):
    path = save_tiny(tmp_path / "model")
    second = tiny_segmenter(seed=1)
    save_tiny(path, second)
    image = np.arange(108, dtype=np.uint8).reshape(1, 6, 6, 3)
    expected = second(image.astype(np.float32), training=False)
    np.testing.assert_allclose(load_exported(path)(image), expected, atol=1e-6)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("names", [["photo.jpg"], ["saved_model.pb", "notes.txt"]])
def test_other_folders_are_not_overwritten(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=r"photo\.jpg|notes\.txt"):
        save_tiny(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(names)


def test_file_in_place_of_the_folder_is_not_overwritten(tmp_path):
    (tmp_path / "model").write_text("mine")
    with pytest.raises(FileExistsError, match="is a file"):
        check_target(tmp_path / "model")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"class_names": ["a", "b"]}, "3 distinct names"),
        ({"class_names": ["a", "b", "b"]}, "3 distinct names"),
        ({"class_names": ["a", "b", "c\nd"]}, "one line"),
        ({"palette": voc_palette(4)}, r"\(3, 3\)"),
        ({"palette": np.zeros((3, 3))}, "float64"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        save_tiny(tmp_path / "model", **changes)


def test_model_with_targets_attached_is_refused(tmp_path):
    segmenter = tiny_segmenter()
    image = keras.Input((None, None, 3))
    probs = segmenter(image)
    model = keras.Model(image, {"scribble": probs, "image": probs})
    with pytest.raises(ValueError, match="not the model with targets attached"):
        save_tiny(tmp_path / "model", model)


def test_model_of_one_size_is_refused(tmp_path):
    image = keras.Input((32, 32, 3))
    model = keras.Model(image, keras.layers.Conv2D(3, 1)(image))
    with pytest.raises(ValueError, match="images of any size"):
        save_tiny(tmp_path / "model", model)


def test_loading_something_else_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="No SavedModel at"):
        load_exported(tmp_path)
    module = tf.Module()
    module.run = tf.function(lambda: tf.constant(1.0), input_signature=[])
    tf.saved_model.save(module, str(tmp_path / "other"))
    with pytest.raises(ValueError, match=r"not written by tf_rloss\.export"):
        load_exported(tmp_path / "other")


def test_what_a_killed_export_left_is_removed_and_nothing_else(tmp_path):
    left, others = tmp_path / ".a[b]-partial-x7", tmp_path / ".a-partial-x7"
    for folder in (left, others):
        (folder / "labels").mkdir(parents=True)
        (folder / "labels" / "palette.csv").write_text("0,0,0")
    save_tiny(tmp_path / "a[b]")
    assert sorted(e.name for e in tmp_path.iterdir()) == [".a-partial-x7", "a[b]"]
