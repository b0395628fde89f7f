"""Tests of trainers/import_annotations.py: from an export to a training."""

import json

import numpy as np
import pytest
import toys
from PIL import Image
from tiny_run import assert_one_line, call

from tf_rloss import models
from trainers import import_annotations, scribble

SIZE = 32


def write_export(folder, count=4):
    """Writes a labelme export of lines, clicks and polygons of two classes."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        kinds = {
            "line": ("background", [[2, 3.5], [28, 3.5]]),
            "point": ("cat", [[16, 20]]),
            "polygon": ("cat", [[9, 12], [25, 12], [25, 28], [9, 28]]),
        }
        shapes = [
            {"label": label, "shape_type": kind, "points": points}
            for kind, (label, points) in kinds.items()
        ]
        about = {"imagePath": f"{number}.png", "imageHeight": SIZE, "imageWidth": SIZE}
        (folder / f"{number}.json").write_text(json.dumps({"shapes": shapes} | about))


@pytest.mark.slow
def test_a_network_is_trained_on_strokes_and_on_clicks(tmp_path, monkeypatch):
    monkeypatch.setattr(
        models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )
    write_export(tmp_path / "export")
    flags = {"input": tmp_path / "export", "output": tmp_path / "my_data"}
    code, out, err = call(import_annotations, **flags, **{"from": "labelme"})
    assert code == 0, err
    assert "4 images with labels, 4 of them with their photograph" in out
    assert f"All notes: {tmp_path}/my_data/summary.txt" in out
    training = {"dataset": "folder", "data_dir": tmp_path / "my_data"}
    training |= {"phase1_epochs": 1, "phase2_epochs": 1, "batch_size": 2}
    training |= {"tensorboard": False, "val_fraction": 0.25}
    for name, points in {"strokes": None, "clicks": "points.json"}.items():
        if points is not None:
            training["points"] = tmp_path / "my_data" / points
        code, out, err = call(scribble, output_dir=tmp_path / name, **training)
        assert code == 0, err
        metrics = json.loads((tmp_path / name / "metrics.json").read_text())
        assert metrics["finished"]


def test_flags_reach_the_import(tmp_path):
    write_export(tmp_path / "export", 1)
    code, out, err = call(
        import_annotations,
        input=tmp_path / "export",
        output=tmp_path / "my_data",
        classes="animal=cat,background",
        background="",
        line_width=5,
    )
    assert code == 0, err
    assert "0 animal:" in out and "1 background:" in out
    strokes = np.array(Image.open(tmp_path / "my_data" / "scribbles" / "0.png"))
    assert (strokes[:, 15] == 1).sum() == 5  # the width of the line


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"from": "word"}, "value should be one of"),
        ({"input": "nowhere"}, "no file or folder nowhere"),
        ({"output": "."}, "--output must not exist or be an empty folder"),
        ({"line_width": 0}, "line_width"),
        ({"classes": "cow"}, "which do not occur"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    write_export(tmp_path / "export", 1)
    given = {"input": tmp_path / "export", "output": tmp_path / "my_data"} | flags
    result = call(import_annotations, **given)
    assert_one_line(result, message)
    assert not (tmp_path / "my_data").exists()
