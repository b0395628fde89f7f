"""Training from tags on a folder without label maps, and cues for merged classes."""

import json
import pickle
import types

import numpy as np
import pytest
import toys
from tiny_run import call
from toy_folder import write_folder

from tf_rloss import data, models
from trainers import tag
from trainers.methods import reporting, tags
from trainers.methods.cues import cues_of_file


def write_sec_cues(folder):
    """Class 20 in the corner of toys-0, background alone in that of toys-1."""
    content = {"0_labels": np.array([20]), "1_labels": np.array([], int)}
    content["0_cues"] = np.array([[0, 20], [0, 1], [0, 0]])
    content["1_cues"] = np.array([[0], [0], [0]])
    (folder / "cues.pickle").write_bytes(pickle.dumps(content, protocol=2))
    (folder / "list.txt").write_text("toys-0.jpg 0\ntoys-1.jpg 1\n")
    return str(folder / "cues.pickle"), str(folder / "list.txt")


@pytest.mark.slow
def test_images_with_tags_alone_are_trained_on(tmp_path, monkeypatch):
    monkeypatch.setattr(
        models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )
    write_folder(tmp_path / "data" / "train", 8, ("images", "tags"))
    write_folder(tmp_path / "data" / "val", 2, ("images", "labels"))
    flags = {"dataset": "folder", "data_dir": tmp_path / "data", "batch_size": 4}
    flags |= {"classifier_epochs": 1, "segmenter_epochs": 1, "tensorboard": False}
    code, out, err = call(tag, output_dir=tmp_path / "run", **flags)
    assert code == 0, err
    assert "masks have to number them: 0 background, 1 block, 2 floor\n" in out
    assert "the images have no masks to compare with" in out
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["finished"] and metrics["last"]["mean_iou"] > 0
    cues = data.load_cues(tmp_path / "run" / "classifier" / "cues.npz")
    assert {tuple(cue.labels) for cue in cues.values()} == {(1, 2)}


def test_cues_of_sec_are_merged_for_two_classes(tmp_path):
    source = data.binary(toys.make_source(2))
    paths = write_sec_cues(tmp_path)
    with pytest.raises(data.DataError, match="image 0 has labels outside 1 to 1"):
        cues_of_file(source, *paths)
    merged = cues_of_file(source, *paths, binary=True)
    found = [merged.read(name) for name in source.ids]
    assert [example.cues[:2, 0].tolist() for example in found] == [[0, 1], [0, 255]]
    assert [example.tags.tolist() for example in found] == [[1, 1], [1, 0]]


def test_merged_images_take_cues_of_all_classes(tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "data", 2, ("images", "tags"))
    cells = np.array([[0, 1], [2, 255]], np.uint8)
    cue = data.Cues(np.array([1, 2], np.uint8), cells)
    data.save_cues(tmp_path / "cues.npz", {"toys-0": cue, "toys-1": cue})
    trained = types.SimpleNamespace()

    def run(recipe, config, source, *others, **options):
        trained.source = source

    monkeypatch.setattr(tags, "run_engine", run)
    monkeypatch.setattr(reporting, "print_result", lambda result: None)
    flags = {"dataset": "folder", "data_dir": folder, "binary": True}
    code, _, err = call(tag, cues=tmp_path / "cues.npz", **flags)
    assert code == 0, err
    assert trained.source.class_names == ("background", "object")
    example = trained.source.read("toys-0")
    np.testing.assert_array_equal(example.cues, [[0, 1], [1, 255]])
    np.testing.assert_array_equal(example.tags, [True, True])
