"""Tests of trainers/evaluate.py."""

import csv
import json

import numpy as np
import pytest
import tensorflow as tf
import toys
from PIL import Image
from toy_folder import write_folder

from tests.trainers.tiny_run import (
    assert_one_line,
    call,
    random_image,
    write_run,
)
from tf_rloss import data, evaluation, models
from trainers import evaluate, full
from trainers.crf_options import CRFOptions
from trainers.trained.crf_settings import crf_settings, make_crf

SYNTHETIC = {"synthetic_val_images": 4, "synthetic_size": 32}


@pytest.fixture(scope="module")
def source():
    return data.synthetic("val", num_images=4, size=32, seed=0)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, source):
    """A run on the generated images, and its network."""
    folder = tmp_path_factory.mktemp("run")
    return folder, write_run(folder, source.class_names)


def _expected(segmenter, source, **options):
    predict = evaluation.make_predict(segmenter, **options)
    dataset = data.eval_pipeline(source)
    return evaluation.evaluate(predict, dataset, source.num_classes)


def test_evaluation_of_a_run_writes_table_numbers_and_pictures(
    run_folder, source, tmp_path
):
    folder, segmenter = run_folder
    result = call(evaluate, checkpoint=folder, output_dir=tmp_path, **SYNTHETIC)
    assert result[0] == 0, result
    expected = _expected(segmenter, source)
    assert evaluation.format_table(expected, source.class_names) in result[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.png",
        "confusion.png",
        "metrics.json",
        "per_class.csv",
        "report.html",
        "worst.png",
    ]
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["mean_iou"] == pytest.approx(expected.mean_iou, abs=1e-9)
    assert metrics["scales"] == [1.0] and metrics["flip"] is False
    assert metrics["post-processing"] is None
    assert metrics["images"] == 4 and metrics["checkpoint"].endswith("last.keras")
    with (tmp_path / "per_class.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == list(source.class_names)
    for row, iou in zip(rows, expected.iou, strict=True):
        assert (float(row["iou"]) if row["iou"] else np.nan) == pytest.approx(
            iou, nan_ok=True
        )


def test_scales_and_flip_are_averaged(run_folder, source, tmp_path):
    folder, segmenter = run_folder
    options = {"scales": "0.5,1", "flip": "true"}
    result = call(
        evaluate, checkpoint=folder, output_dir=tmp_path, **options, **SYNTHETIC
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    expected = _expected(segmenter, source, scales=(0.5, 1.0), flip=True)
    assert metrics["mean_iou"] == pytest.approx(expected.mean_iou, abs=1e-9)
    assert metrics["scales"] == [0.5, 1.0] and metrics["flip"] is True


def test_results_of_other_flags_are_kept_where_no_folder_is_named(
    run_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for flip in (False, True, False):
        result = call(evaluate, checkpoint=run_folder[0], flip=flip, **SYNTHETIC)
        assert result[0] == 0, result
    found = {
        path.parent.name: json.loads(path.read_text())["flip"]
        for path in tmp_path.rglob("metrics.json")
    }
    assert found == {"evaluate": False, "evaluate-2": True}


def _write_folder(folder, num_classes, scribbles_only=False):
    """Three images with masks of twice their size in `labels/`."""
    rng = np.random.default_rng(0)
    for kind in ("images", "scribbles" if scribbles_only else "labels"):
        (folder / kind).mkdir(parents=True)
        for i in range(3):
            array = random_image(24, 36, i)
            if kind != "images":
                array = rng.integers(0, num_classes, (24, 36)).astype(np.uint8)
            if kind == "scribbles":
                array[:, ::2] = 255
            Image.fromarray(array).save(folder / kind / f"{i}.png")


def test_folder_of_images_is_scored_at_the_resolution_of_its_masks(tmp_path):
    segmenter = write_run(tmp_path / "run")
    _write_folder(tmp_path / "data" / "val", 3)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
        image_scale=0.5,
        output_dir=tmp_path / "scores",
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["pixels"] == 3 * 24 * 36
    assert list(metrics["iou"]) == ["background", "cat", "dog"]
    source = data.folder(tmp_path / "data" / "val", num_classes=3, image_scale=0.5)
    expected = _expected(segmenter, source)
    assert metrics["mean_iou"] == pytest.approx(expected.mean_iou, abs=1e-9)


def test_classes_of_a_folder_are_merged_for_a_binary_network(tmp_path):
    segmenter = write_run(tmp_path / "run", ("background", "object"))
    _write_folder(tmp_path / "data", 3)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
        binary=True,
        output_dir=tmp_path / "scores",
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert list(metrics["iou"]) == ["background", "object"]
    source = data.binary(data.folder(tmp_path / "data"))
    expected = _expected(segmenter, source)
    assert metrics["mean_iou"] == pytest.approx(expected.mean_iou, abs=1e-9)


def test_crf_refines_at_the_size_of_the_masks_and_is_recorded(tmp_path):
    segmenter = write_run(tmp_path / "run")
    _write_folder(tmp_path / "data", 3)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
        image_scale=0.5,
        crf="sec",
        crf_sigma_color=40,
        output_dir=tmp_path / "scores",
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    crf = crf_settings(CRFOptions(crf="sec", sigma_color=40.0), 36)
    assert metrics["post-processing"] == crf
    source = data.folder(tmp_path / "data", num_classes=3)
    options = {"scales": [0.5], "refine": make_crf(crf)}
    refined = _expected(segmenter, source, **options)
    assert metrics["mean_iou"] == pytest.approx(refined.mean_iou, abs=1e-9)
    plain = _expected(segmenter, source, scales=[0.5])
    assert (refined.matrix != plain.matrix).any()


def test_images_are_stretched_for_the_network_and_scored_at_their_own_size(tmp_path):
    """Protects: a network of whole, resized images, as SEC's, is scored on such."""
    segmenter = write_run(tmp_path / "run")
    _write_folder(tmp_path / "data", 3)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
        stretch_to="16,20",
        output_dir=tmp_path / "scores",
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["stretch_to"] == [16, 20] and metrics["pixels"] == 3 * 24 * 36
    source = data.folder(tmp_path / "data", num_classes=3)
    confusion = evaluation.ConfusionMatrix(3)
    for example in map(source.read, source.ids):
        stretched = tf.image.resize(tf.cast(example.image, tf.float32), (16, 20))
        probs = segmenter(stretched[None], training=False)
        label_map = tf.image.resize(probs, (24, 36))[0].numpy().argmax(-1)
        confusion.update(example.mask, label_map.astype(np.uint8))
    assert metrics["mean_iou"] == pytest.approx(confusion.mean_iou, abs=1e-9)


def test_images_that_a_training_held_out_are_scored_as_it_scored_them(
    tmp_path, monkeypatch
):
    """Protects: scores with post-processing are on what was not trained on."""
    monkeypatch.setattr(models, "build", lambda name, k, **_: toys.build_segmenter(k))
    write_folder(tmp_path / "data", 8)
    images = {"dataset": "folder", "data_dir": tmp_path / "data", "val_fraction": 0.4}
    result = call(
        full,
        output_dir=tmp_path / "run",
        phase1_epochs=1,
        phase2_epochs=0,
        tensorboard=False,
        **images,
    )
    assert result[0] == 0, result
    result = call(
        evaluate, checkpoint=tmp_path / "run", output_dir=tmp_path / "scores", **images
    )
    assert result[0] == 0, result
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    trained = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["images"] == 3
    assert metrics["mean_iou"] == trained["last"]["mean_iou"]


def test_other_number_of_classes_is_named(tmp_path):
    write_run(tmp_path / "run", ["a", "b"])
    result = call(evaluate, checkpoint=tmp_path / "run", **SYNTHETIC)
    assert_one_line(result, "has 2 classes, but the images have")


def test_flags_that_contradict_each_other_are_named(tmp_path):
    write_run(tmp_path / "run")
    _write_folder(tmp_path / "data", 3)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
        class_names="a,b,c",
        num_classes=4,
    )
    assert_one_line(result, "`num_classes`")


def test_folder_without_masks_is_named(tmp_path):
    write_run(tmp_path / "run")
    _write_folder(tmp_path / "data", 3, scribbles_only=True)
    result = call(
        evaluate,
        checkpoint=tmp_path / "run",
        dataset="folder",
        data_dir=tmp_path / "data",
    )
    assert_one_line(result, "has no labels/")


@pytest.mark.parametrize(
    "flags, message",
    [
        ({}, "--checkpoint"),
        ({"checkpoint": "nowhere"}, "Not found: nowhere"),
        ({"checkpoint": "{run}", "scales": "1,big"}, "1,big"),
        ({"checkpoint": "{run}", "scales": "0"}, "--scales"),
        ({"checkpoint": "{run}", "dataset": "folder"}, "needs --data_dir"),
        ({"checkpoint": "{run}", "dataset": "folder", "data_dir": "no"}, "no"),
        ({"checkpoint": "{run}", "dataset": "folder", "data_dir": "{run}"}, "images/"),
        ({"checkpoint": "{run}", "data_dir": "."}, "--dataset=folder"),
        ({"checkpoint": "{run}", "synthetic_size": "8"}, "synthetic_size"),
        ({"checkpoint": "{run}/config.json"}, "must be a .keras file"),
        ({"checkpoint": "{run}", "crf": "psp"}, "--crf must be one of"),
        ({"checkpoint": "{run}", "crf_iterations": "3"}, "needs --crf"),
        ({"checkpoint": "{run}", "lr": "1"}, "lr"),
    ],
)
def test_wrong_command_gets_one_line(run_folder, flags, message):
    flags = {name: value.format(run=run_folder[0]) for name, value in flags.items()}
    assert_one_line(call(evaluate, **flags), message)


def test_damaged_checkpoint_gets_one_line(tmp_path):
    write_run(tmp_path)
    damaged = tmp_path / "damaged.keras"
    damaged.write_bytes((tmp_path / "last.keras").read_bytes()[:-2000])
    assert_one_line(call(evaluate, checkpoint=damaged), "damaged.keras")
