"""Tests of trainers/export.py."""

import json
import shutil

import numpy as np
import pytest

from tests.trainers.tiny_run import (
    CLASS_NAMES,
    assert_one_line,
    call,
    random_image,
    write_run,
)
from tf_rloss.export import load_exported
from tf_rloss.labels import voc_palette
from trainers import evaluate, export
from trainers.crf_options import CRFOptions
from trainers.trained.crf_settings import crf_settings, make_crf


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, write_run(folder)


def test_run_is_exported_with_its_names_and_card(run_folder, tmp_path):
    folder, segmenter = run_folder
    result = call(export, checkpoint=folder, output_dir=tmp_path / "model")
    assert result[0] == 0, result
    model = load_exported(tmp_path / "model")
    assert model.class_names == CLASS_NAMES
    np.testing.assert_array_equal(model.palette, voc_palette(3))
    image = random_image(9, 13)[None]
    expected = segmenter(image.astype(np.float32), training=False)
    np.testing.assert_allclose(model(image), expected, atol=1e-6)
    assert model.card["flags"]["--regularizer"] == "kernelcut"
    assert model.card["data"]["training data"] == "toy"
    assert model.card["metrics"]["mean_iou"] == 0.25
    assert set(model.card["versions"]) >= {"tensorflow", "keras", "tf_rloss"}


def test_best_weights_come_with_their_own_scores(run_folder, tmp_path):
    result = call(
        export, checkpoint=run_folder[0] / "best.keras", output_dir=tmp_path / "model"
    )
    assert result[0] == 0, result
    assert load_exported(tmp_path / "model").card["metrics"]["mean_iou"] == 0.75


def test_colours_of_the_run_are_exported(run_folder, tmp_path):
    shutil.copytree(run_folder[0], tmp_path / "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    palette = [[9, 8, 7], [1, 2, 3], [255, 0, 0]]
    config["data"]["training palette"] = palette
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    call(export, checkpoint=tmp_path / "run", output_dir=tmp_path / "model")
    model = load_exported(tmp_path / "model")
    np.testing.assert_array_equal(model.palette, palette)
    assert list(model.card["data"]) == ["training data", "training classes"]


def test_single_file_needs_names(run_folder, tmp_path):
    file = tmp_path / "model.keras"
    shutil.copy(run_folder[0] / "last.keras", file)
    arguments = {"checkpoint": file, "output_dir": tmp_path / "model"}
    assert_one_line(call(export, **arguments), "Give --class_names")
    assert_one_line(call(export, class_names="a,b", **arguments), "3 distinct names")
    assert call(export, class_names="a,b,c", **arguments)[0] == 0
    assert load_exported(tmp_path / "model").class_names == ("a", "b", "c")


def test_export_can_be_evaluated_but_not_exported_again(tmp_path):
    from tf_rloss import data

    write_run(tmp_path / "run", data.synthetic("val", num_images=1).class_names)
    model = tmp_path / "model"
    assert call(export, checkpoint=tmp_path / "run", output_dir=model)[0] == 0
    images = {"synthetic_val_images": 2, "synthetic_size": 32}
    scores = []
    for checkpoint in (tmp_path / "run", model):
        result = call(
            evaluate, checkpoint=checkpoint, output_dir=tmp_path / "scores", **images
        )
        assert result[0] == 0, result
        metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
        scores.append(metrics["mean_iou"])
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)
    again = call(export, checkpoint=model, output_dir=tmp_path / "again")
    assert_one_line(again, "is exported already")


def test_crf_is_exported_on_demand(run_folder, tmp_path):
    folder, segmenter = run_folder
    arguments = {"checkpoint": folder, "output_dir": tmp_path / "model", "crf": "sec"}
    assert_one_line(call(export, **arguments), "--crf_sigma_scale must be a number")
    result = call(export, crf_sigma_scale=0.1, crf_iterations=2, **arguments)
    assert result[0] == 0, result
    assert "tf_rloss.ops.load_library()" in result[1]
    model = load_exported(tmp_path / "model")
    crf = crf_settings(
        CRFOptions(crf="sec", crf_sigma_scale="0.1", num_iterations=2), None
    )
    assert model.card["post-processing"] == crf
    assert "The metrics are those of the network alone" in model.card["description"]
    image = random_image(9, 13)[None]
    probs = segmenter(image.astype(np.float32), training=False)
    refined = make_crf(crf)(probs, image)
    # The same ops in another graph: roundings of numbers up to 1, twice.
    np.testing.assert_allclose(model(image), refined, rtol=0, atol=1e-5)


def test_bandwidth_for_an_export_follows_the_images_of_the_run(tmp_path):
    write_run(tmp_path / "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["data"]["training largest height and width"] = [150, 250]
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    result = call(
        export, checkpoint=tmp_path / "run", output_dir=tmp_path / "model", crf="sec"
    )
    assert result[0] == 0, result
    card = json.loads((tmp_path / "model" / "model_card.json").read_text())
    assert card["post-processing"] == crf_settings(CRFOptions(crf="sec"), 250)


def test_folder_with_other_things_is_not_overwritten(run_folder, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    result = call(export, checkpoint=run_folder[0], output_dir=tmp_path)
    assert_one_line(result, "thesis.tex", "not overwritten")
    assert (tmp_path / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize(
    "flags, message",
    [
        ({}, "--checkpoint"),
        ({"checkpoint": "nowhere.keras"}, "Not found: nowhere.keras"),
        ({"checkpoint": "x", "scales": "1"}, "scales"),
    ],
)
def test_wrong_command_gets_one_line(flags, message):
    assert_one_line(call(export, **flags), message)


def test_an_unknown_format_is_one_line(run_folder, tmp_path):
    result = call(
        export, checkpoint=run_folder[0], output_dir=tmp_path / "model", format="pickle"
    )
    assert_one_line(result, "`formats`", "savedmodel", "onnx", "litert")
