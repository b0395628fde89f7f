"""The scale and the ignored ids of a training are those of its scores."""

import json

import numpy as np
import pytest
import toys
from toy_folder import write_folder

from tests.trainers.tiny_run import call, write_run
from tf_rloss import data, evaluation, models
from trainers import evaluate, full

SYNTHETIC = {"synthetic_val_images": 4, "synthetic_size": 32}
HALVED = {"training image scale": 0.5}


def _expected(segmenter, source, **options):
    predict = evaluation.make_predict(segmenter, **options)
    dataset = data.eval_pipeline(source)
    return evaluation.evaluate(predict, dataset, source.num_classes).mean_iou


def _score(tmp_path, **flags):
    """Scores a run whose images were halved; returns the mean IoU."""
    result = call(
        evaluate, checkpoint=tmp_path / "run", output_dir=tmp_path / "scores", **flags
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["image_scale"] == 0.5
    return metrics["mean_iou"]


def test_folder_is_read_at_the_scale_of_the_run(tmp_path):
    """Protects: a network of halved images was scored on whole ones."""
    segmenter = write_run(tmp_path / "run", **HALVED)
    folder = write_folder(tmp_path / "data", 3, ("images", "labels"))
    halved, whole = (
        data.folder(folder, num_classes=3, image_scale=scale) for scale in (0.5, 1.0)
    )
    scored = _score(tmp_path, dataset="folder", data_dir=folder)
    assert scored == pytest.approx(_expected(segmenter, halved), abs=1e-9)
    assert scored != _expected(segmenter, whole)


def test_other_data_are_resized_by_the_scale_of_the_run(tmp_path):
    source = data.synthetic("val", num_images=4, size=32, seed=0)
    segmenter = write_run(tmp_path / "run", source.class_names, **HALVED)
    expected = _expected(segmenter, source, scales=[0.5])
    assert _score(tmp_path, **SYNTHETIC) == pytest.approx(expected, abs=1e-9)


def test_a_score_sees_the_images_that_validation_saw(tmp_path, monkeypatch):
    """Protects: the scale was forgotten after the training."""
    monkeypatch.setattr(models, "build", lambda name, k, **_: toys.build_segmenter(k))
    folder = write_folder(tmp_path / "data", 4)
    flags = {"dataset": "folder", "data_dir": folder, "val_fraction": 0.5}
    phases = {"phase1_epochs": 1, "phase2_epochs": 0, "batch_size": 2}
    result = call(full, output_dir=tmp_path / "run", image_scale=0.5, **phases, **flags)
    assert result[0] == 0, result
    last = json.loads((tmp_path / "run" / "metrics.json").read_text())["last"]
    assert _score(tmp_path, **flags) == pytest.approx(last["mean_iou"], abs=1e-9)


def test_ids_that_a_training_ignored_are_ignored_in_its_scores(tmp_path):
    write_run(tmp_path / "run", ("a", "b", "c"), **{"training ignored ids": [0]})
    folder = write_folder(tmp_path / "data", 3, ("images", "labels"))
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        output_dir=tmp_path / "scores",
        dataset="folder",
        data_dir=folder,
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    source = data.folder(folder, num_classes=3)
    labels = np.concatenate([source.load(i).mask.ravel() for i in range(3)])
    assert metrics["pixels"] == np.count_nonzero((labels != 0) & (labels != 255))
