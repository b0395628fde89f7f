"""Tests of trainers/tune.py."""

import csv
import json

import pytest
import tiny_run
import toys

from tf_rloss import models
from trainers import tune
from trainers.paper.chosen_settings import read_settings
from trainers.paper.tuning import title_of

SMALL = {
    "synthetic_images": 12,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "tensorboard": False,
}


@pytest.fixture
def toy_network(monkeypatch):
    monkeypatch.setattr(
        models,
        "build",
        lambda name, num_classes, **_: toys.build_segmenter(num_classes),
    )


@pytest.mark.slow
def test_every_combination_is_scored_on_held_out_training_images(toy_network, tmp_path):
    flags = SMALL | {"output_dir": tmp_path, "regularizer": "crf"}
    flags |= {"regularizer_weights": "0.5", "sigma_colors": "10,20"}
    code, out, err = tiny_run.call(tune, **flags)
    assert code == 0, err
    with (tmp_path / "tune.csv").open(newline="") as file:
        rows = {row["row"]: float(row["value"]) for row in csv.DictReader(file)}
    assert set(rows) == {
        "pCE alone",
        "regularizer_weight 0.5, sigma_color 10",
        "regularizer_weight 0.5, sigma_color 20",
    }
    assert list(rows.values()) == sorted(rows.values(), reverse=True)
    assert "Trained on 9 images, scored on 3 others" in out
    folder = tmp_path / "seed0" / "crf_regularizer_weight0.5_sigma_color20"
    config = json.loads((folder / "config.json").read_text())
    assert config["flags"]["--regularizer_weight"] == 0.5
    assert config["flags"]["--sigma_color"] == 20.0
    assert config["data"]["validation number of images"] == 3
    (chosen,) = json.loads((tmp_path / "chosen.json").read_text()).values()
    best = next(title for title in rows if title != "pCE alone")
    assert title_of(chosen) == best
    code, out, _ = tiny_run.call(tune, **flags)
    assert code == 0 and out.count("finished already") == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["post_processing", "crf_as_rnn"])
def test_dense_crfs_are_tuned_and_chosen_like_regularizers(name, toy_network, tmp_path):
    flags = SMALL | {"output_dir": tmp_path, "regularizer": name}
    code, _, err = tiny_run.call(tune, **flags, sigma_colors="5,80", sigma_xys="9")
    assert code == 0, err
    with (tmp_path / "tune.csv").open(newline="") as file:
        rows = {row["row"]: float(row["value"]) for row in csv.DictReader(file)}
    titles = {f"crf_sigma_xy 9, crf_sigma_color {value}" for value in (5, 80)}
    assert set(rows) == {"pCE alone", *titles}
    settings = read_settings([str(tmp_path)])
    assert title_of(settings[name]) in titles
    if name == "post_processing":
        folder = tmp_path / "seed0" / f"{name}_crf_sigma_xy9_crf_sigma_color80"
        metrics = json.loads((folder / "metrics.json").read_text())
        assert metrics["post-processing"]["sigma_color"] == 80.0
        assert rows["crf_sigma_xy 9, crf_sigma_color 80"] == pytest.approx(
            100 * metrics["mean_iou"]
        )


def test_values_that_are_no_numbers_are_refused(tmp_path):
    result = tiny_run.call(tune, sigma_xys="10,wide", output_dir=tmp_path)
    tiny_run.assert_one_line(result, "--sigma_xys", "numbers", "above 0", "10,wide")


def test_a_setting_that_the_regularizer_lacks_is_refused(tmp_path):
    flags = {"regularizer": "crf", "gammas": "0.1,1", "output_dir": tmp_path}
    result = tiny_run.call(tune, **flags)
    tiny_run.assert_one_line(
        result, "--gammas has no effect without --regularizer=kernelcut"
    )
