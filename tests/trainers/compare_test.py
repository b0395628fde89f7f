"""Tests of trainers/compare.py."""

import csv

import pytest
import tensorflow as tf
import toys

from trainers import compare, segmenters

ARGUMENTS = [
    "--synthetic_images=8",
    "--synthetic_val_images=2",
    "--synthetic_size=32",
    "--batch_size=4",
    "--phase1_epochs=2",
    "--phase2_epochs=1",
    "--notensorboard",
]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of all methods on a toy network; how to run it again."""
    folder = tmp_path_factory.mktemp("compare")

    def run():
        compare.FLAGS(["compare", *ARGUMENTS, f"--output_dir={folder}"])
        compare.main(["compare"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            segmenters.models,
            "build",
            lambda name, num_classes, weights: toys.build_segmenter(num_classes),
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
    assert folders == {"pce_phase1", "full_phase1", *histories}


def test_pictures_and_the_best_network_are_left(compared):
    folder, _ = compared
    for name in ("predictions.png", "curves.png"):
        assert (folder / name).stat().st_size > 1000
    served = tf.saved_model.load(str(folder / "saved_model"))
    output = served.signatures["serving_default"](tf.zeros((1, 20, 30, 3)))
    assert output["probabilities"].shape == (1, 20, 30, 4)


def test_the_same_command_again_trains_nothing_and_says_where_results_lie(
    compared, capsys
):
    folder, run = compared
    capsys.readouterr()
    run()
    text = capsys.readouterr().out
    assert text.count("finished already") == 7
    assert "epoch" not in text.split("| method")[0]
    for path in ("table.md", "predictions.png", "saved_model"):
        assert str(folder / path) in text
