"""Tests of trainers/evaluate.py: other masks, training images and parts of a set."""

import json

import pytest

from tests.trainers.tiny_run import assert_one_line, call, write_run
from tf_rloss import data, evaluation
from trainers import evaluate

SYNTHETIC = {"synthetic_val_images": 4, "synthetic_size": 32}


@pytest.fixture(scope="module")
def source():
    return data.synthetic("val", num_images=4, size=32, seed=0)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, source):
    """A run on the generated images, and its network."""
    folder = tmp_path_factory.mktemp("run")
    return folder, write_run(folder, source.class_names)


def _expected(segmenter, source):
    predict = evaluation.make_predict(segmenter)
    dataset = data.eval_pipeline(source)
    return evaluation.evaluate(predict, dataset, source.num_classes)


def test_borders_and_filled_void_are_scored_beside_the_masks_as_they_are(
    run_folder, source, tmp_path
):
    folder, segmenter = run_folder
    flags = {"trimap_width": 3, "fill_void": "true", **SYNTHETIC}
    result = call(evaluate, checkpoint=folder, output_dir=tmp_path, **flags)
    assert result[0] == 0, result
    predict = evaluation.make_predict(segmenter)
    near, filled = (evaluation.ConfusionMatrix(source.num_classes) for _ in range(2))
    for item in data.eval_pipeline(source).as_numpy_iterator():
        labels = predict(item["image"], item["mask"].shape).argmax(-1)
        near.update(evaluation.near_borders(item["mask"], 3), labels)
        filled.update(evaluation.fill_void(item["mask"]), labels)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    for name, expected in (("within 3 px of borders", near), ("without void", filled)):
        assert metrics[f"mean_iou {name}"] == pytest.approx(expected.mean_iou, abs=1e-9)
        assert f"mean_iou {name}: {expected.mean_iou:.4f}" in result[1]
    assert metrics["mean_iou"] == pytest.approx(
        _expected(segmenter, source).mean_iou, abs=1e-9
    )


def test_training_images_can_be_scored(run_folder, tmp_path):
    folder, segmenter = run_folder
    flags = {"synthetic_images": 8, "synthetic_size": 32}
    train = data.synthetic("train", num_images=8, size=32, seed=0)
    for held_out, images in ((None, train), (0.25, data.split(train, 0.25, 0)[0])):
        out = tmp_path / str(held_out)
        given = flags if held_out is None else flags | {"val_fraction": held_out}
        result = call(
            evaluate, checkpoint=folder, output_dir=out, on="training", **given
        )
        assert result[0] == 0, result
        metrics = json.loads((out / "metrics.json").read_text())
        assert metrics["images"] == len(images) and metrics["on"] == "training"
        expected = _expected(segmenter, images).mean_iou
        assert metrics["mean_iou"] == pytest.approx(expected, abs=1e-9)


def test_the_parts_of_an_array_of_jobs_add_up_to_one_score(run_folder, tmp_path):
    folder, _ = run_folder
    flags = {"checkpoint": folder, "fill_void": "true", **SYNTHETIC}
    whole = call(evaluate, output_dir=tmp_path / "whole", **flags)
    assert whole[0] == 0, whole
    for number in (2, 3, 1):  # in any order
        assert not (tmp_path / "parts" / "metrics.json").exists()
        code, out, err = call(
            evaluate, output_dir=tmp_path / "parts", shard=f"{number}/3", **flags
        )
        assert code == 0, err
        assert ("once all parts are there" in out) == (number != 1)
    part = json.loads((tmp_path / "parts/shard1of3/metrics.json").read_text())
    assert part["images"] == 2 and (tmp_path / "parts/shard1of3/best.png").exists()
    found, expected = (
        json.loads((tmp_path / name / "metrics.json").read_text())
        for name in ("parts", "whole")
    )
    for metrics in (found, expected):
        del metrics["flags"]["output_dir"]
    assert found == expected
    tables = [
        (tmp_path / name / "per_class.csv").read_text() for name in ("parts", "whole")
    ]
    assert tables[0] == tables[1]


def test_parts_with_other_flags_or_damage_are_not_summed(run_folder, tmp_path):
    folder, _ = run_folder
    flags = {"checkpoint": folder, "output_dir": tmp_path, **SYNTHETIC}
    assert call(evaluate, shard="1/2", flip="true", **flags)[0] == 0
    result = call(evaluate, shard="2/2", **flags)
    assert_one_line(result, "shard2of2", "other flags", "Score all parts")
    file = tmp_path / "shard1of2" / "confusion.json"
    whole = json.loads(file.read_text())
    wrong = whole | {"matrices": {name: [[1, 2]] for name in whole["matrices"]}}
    for text in ("{", "[]", "{}", "[" * 100_000, json.dumps(wrong)):
        file.write_text(text)
        result = call(evaluate, shard="2/2", **flags)
        assert_one_line(result, "shard1of2", "is damaged: ", "Score this part again")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3"])
def test_a_shard_is_a_number_of_a_count(run_folder, tmp_path, shard):
    flags = {"checkpoint": run_folder[0], "output_dir": tmp_path, **SYNTHETIC}
    result = call(evaluate, shard=shard, **flags)
    assert_one_line(result, "--shard must be NUMBER/COUNT", f"--shard={shard}")


def test_more_parts_than_images_are_refused(run_folder, tmp_path):
    flags = {"checkpoint": run_folder[0], "output_dir": tmp_path, **SYNTHETIC}
    result = call(evaluate, shard="1/5", **flags)
    assert_one_line(result, "--shard=1/5 makes 5 parts of 4 images")
