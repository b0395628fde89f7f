"""Tests of trainers/compare.py: a whole comparison on a toy network."""

import csv
import json

import pytest
import tensorflow as tf
import tiny_run
import toys
from keras_files import digest

from tf_rloss import models
from trainers import compare

SMALL = {
    "synthetic_images": 8,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 2,
    "phase2_epochs": 1,
    "tensorboard": False,
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of all methods on a toy network; how to run it again."""
    folder = tmp_path_factory.mktemp("compare")

    def run(output_dir=folder, **flags):
        code, out, err = tiny_run.call(compare, output_dir=output_dir, **SMALL | flags)
        assert code == 0, err
        return out

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            models,
            "build",
            lambda name, num_classes, **_: toys.build_segmenter(num_classes),
        )
        run()
        yield folder, run


def test_every_method_has_a_row(compared):
    folder, _ = compared
    with (folder / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    methods = [row["method"] for row in rows]
    assert methods == ["pce", "ncut", "crf", "kernelcut", "full"]
    assert all(0.0 < float(row["mean_iou"]) < 1.0 for row in rows)
    assert "| pCE + kernel cut " in (folder / "table.md").read_text()


def test_all_rows_start_from_one_checkpoint_and_take_the_same_steps(compared):
    folder = compared[0] / "seed0"
    histories = {
        method: toys.column(folder / method, "step")
        for method in ("pce", "ncut", "crf", "kernelcut", "full")
    }
    assert len(set(map(tuple, histories.values()))) == 1
    folders = {path.name for path in folder.iterdir()}
    assert folders == {"pce_phase1", *histories}
    flags = {
        path.parent.name: json.loads(path.read_text())["flags"]
        for path in folder.glob("*/config.json")
    }
    start = str(folder / "pce_phase1")
    for method in ("pce", "ncut", "crf", "kernelcut"):
        assert flags[method]["--init_from"] == start
    assert flags["full"]["--init_from"] == str(folder / "full" / "phase1")


def test_pictures_and_the_best_network_are_left(compared):
    folder, _ = compared
    for name in ("predictions.png", "curves.png"):
        assert (folder / name).stat().st_size > 1000
    served = tf.saved_model.load(str(folder / "saved_model"))
    output = served.signatures["serving_default"](tf.zeros((1, 20, 30, 3)))
    assert output["probabilities"].shape == (1, 20, 30, 4)


def test_the_same_command_again_trains_nothing_and_says_where_results_lie(
    compared,
):
    folder, run = compared
    text = run()
    assert text.count("finished already") == 7
    assert "epoch" not in text.split("| method")[0]
    for path in ("table.md", "predictions.png", "saved_model"):
        assert str(folder / path) in text
    first = folder / "seed0" / "pce_phase1" / "pictures" / "predictions.png"
    assert first.is_file() and f"Picture: {first}" in text


@pytest.mark.slow
def test_shorter_scribbles_leave_the_row_of_full_masks_as_it_is(compared, tmp_path):
    """Protects: masks have no length, so the bound is the same for any scribbles."""
    folder, run = compared
    run(tmp_path, methods="pce,full", length_ratio=0.5)
    same = {
        method: digest(folder / "seed0" / method / "last.keras")
        == digest(tmp_path / "seed0" / method / "last.keras")
        for method in ("pce", "full")
    }
    assert same == {"pce": False, "full": True}
