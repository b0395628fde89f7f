"""Rounds of training that the annotation page starts, without training."""

import json
import pathlib

import numpy as np
import pytest
from page_client import SIZE, write_photographs
from PIL import Image

from tests.trainers.tiny_run import write_run
from tf_rloss import data
from tf_rloss.labels import voc_palette
from tf_rloss.visualization import save_label_png
from trainers import defaults
from trainers.annotation_page import rounds as page_rounds
from trainers.annotation_page.folder import Folder
from trainers.annotation_page.rounds import Round, newest_network, next_round, rounds
from trainers.annotation_page.training import read_progress
from trainers.errors import UserError
from trainers.trained.loading import load_trained


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Makes the package with ImageNet's weights absent, unless a test adds True."""
    found = [False]
    monkeypatch.setattr(page_rounds, "has_imagenet_weights", lambda: found[-1])
    return found


@pytest.fixture
def folder(tmp_path):
    return Folder(write_photographs(tmp_path / "data", ["a", "b", "c"]))


def draw(folder, name, label=1):
    labels = np.full(SIZE, 255, np.uint8)
    labels[3], labels[9] = label, 0
    save_label_png(labels, voc_palette(3), folder.root / "scribbles" / f"{name}.png")


def test_a_round_has_a_folder_of_the_photographs_with_strokes(folder, tmp_path):
    """Trainings refuse a folder in which a photograph has no scribble."""
    draw(folder, "a")
    draw(folder, "c", 2)
    labels = folder.root / "labels"
    save_label_png(np.zeros(SIZE, np.uint8), voc_palette(3), labels / "a.png")
    save_label_png(np.zeros(SIZE, np.uint8), voc_palette(3), labels / "b.png")
    found, flags = next_round(tmp_path / "runs", folder, None, ["--crop_size=32"])
    assert found.path == tmp_path / "runs" / "round-001"
    assert f"--data_dir={found.data}" in flags and flags[-1] == "--crop_size=32"
    assert {"--steps_per_epoch=20", "--image_scale=1"} <= set(flags)
    assert not [flag for flag in flags if flag.startswith("--init_from")]
    source = data.folder(found.data)
    assert list(source.ids) == ["a", "c"]
    assert source.class_names == ("background", "cat", "dog")
    assert source.unmasked == {"c"}
    draw(folder, "a", 2)  # Strokes that are drawn later are not in the copy.
    assert source.read("a").scribble[3, 0] == 1


def test_large_photographs_are_reduced_for_a_first_training(folder, tmp_path):
    draw(folder, "a")
    Image.new("RGB", (3840, 2000)).save(folder.root / "images" / "a.jpg")
    _, flags = next_round(tmp_path / "runs", folder, None, [])
    assert "--image_scale=0.1" in flags


def test_a_first_training_is_short_and_pretrained_where_weights_are(
    folder, tmp_path, installed
):
    draw(folder, "a")
    installed.append(True)
    _, flags = next_round(tmp_path / "runs", folder, None, [])
    pretrained = {"--weights=imagenet", f"--model={defaults.PRETRAINED_MODEL}"}
    phases = dict(zip(("phase1", "phase2"), defaults.PRETRAINED_EPOCHS, strict=True))
    assert pretrained <= set(flags)
    assert {f"--{phase}_epochs={n}" for phase, n in phases.items()} <= set(flags)
    for given in (
        "--model=small_deeplab",
        "--weights=a.keras",
        "--recipe=deeplab_vgg16",
    ):
        _, flags = next_round(tmp_path / "runs", folder, None, [given])
        assert not pretrained & set(flags)
        assert not [flag for flag in flags if "epochs=" in flag]


def test_without_strokes_there_is_nothing_to_train_on(folder, tmp_path):
    with pytest.raises(UserError, match="Draw strokes on a photograph first"):
        next_round(tmp_path / "runs", folder, None, [])
    assert not (tmp_path / "runs").exists()


def test_a_stopped_round_goes_on_with_the_same_strokes_only(folder, tmp_path):
    runs = tmp_path / "runs"
    draw(folder, "a")
    first, flags = next_round(runs, folder, None, ["--seed=1"])
    same, same_flags = next_round(runs, folder, None, ["--seed=1"])
    assert (same.path, same_flags) == (first.path, flags)
    other_flags, _ = next_round(runs, folder, None, ["--seed=2"])
    assert other_flags.path.name == "round-002"
    draw(folder, "b")
    other_strokes, _ = next_round(runs, folder, None, ["--seed=2"])
    assert other_strokes.path.name == "round-003"
    other_strokes.run.mkdir()
    (other_strokes.run / "metrics.json").write_text(json.dumps({"finished": True}))
    after_the_end, _ = next_round(runs, folder, None, ["--seed=2"])
    assert after_the_end.path.name == "round-004"
    assert [found.path.name[-1] for found in rounds(runs)] == ["1", "2", "3", "4"]


def test_a_training_begins_with_the_network_of_a_run(folder, tmp_path):
    write_run(tmp_path / "run", **{"training image scale": 0.5})
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["flags"]["--model"] = "small_deeplab"
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    draw(folder, "a")
    trained = load_trained("model", str(tmp_path / "run"))
    _, flags = next_round(tmp_path / "runs", folder, trained, [])
    assert f"--init_from={tmp_path}/run/last.keras" in flags
    assert {"--image_scale=0.5", "--model=small_deeplab"} <= set(flags)
    assert not [flag for flag in flags if flag.startswith(("--phase", "--weights"))]
    config["flags"]["--model"] = defaults.PRETRAINED_MODEL
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    trained = load_trained("model", str(tmp_path / "run"))
    _, flags = next_round(tmp_path / "more", folder, trained, [])
    assert [flag for flag in flags if flag.startswith("--phase")] == [
        f"--phase2_epochs={defaults.PRETRAINED_EPOCHS[1]}"
    ]


def test_the_newest_network_is_that_of_the_latest_phase(tmp_path):
    assert newest_network(tmp_path) is None
    for name in (
        "round-002/run/phase1",
        "round-010/other",
        "round-9x/run",
        "round-001/run",
    ):
        (tmp_path / name).mkdir(parents=True)
    for name in ("round-002/run/phase1", "round-001/run", "round-9x/run"):
        (tmp_path / name / "last.keras").touch()
    assert newest_network(tmp_path) == tmp_path / "round-002/run/phase1/last.keras"
    (tmp_path / "round-002/run/last.keras").touch()
    assert newest_network(tmp_path) == tmp_path / "round-002/run/last.keras"


def test_a_damaged_file_of_a_round_is_named(folder, tmp_path):
    draw(folder, "a")
    found, _ = next_round(tmp_path / "runs", folder, None, [])
    found.settings.write_text("{")
    with pytest.raises(UserError, match=r"round\.json is damaged"):
        next_round(tmp_path / "runs", folder, None, [])
    found.run.mkdir()
    (found.run / "metrics.json").write_text("[]")
    with pytest.raises(UserError, match=r"metrics\.json is damaged"):
        next_round(tmp_path / "runs", folder, None, [])


def test_progress_is_read_from_what_a_training_prints():
    log = (
        "32 images\nphase1  epoch  3/24    1.2 s  3 h 20 min left  loss 0.512  pce 0\n"
        "phase1  epoch  4/24    1.2 s  45 s left  loss 0.0012  pce 0.4\nNote: else\n"
    )
    assert read_progress(log) == {
        "phase": "phase1",
        "epoch": 4,
        "epochs": 24,
        "loss": "0.0012",
        "left": "45 s",
    }
    assert read_progress(log[:70])["left"] == "3 h 20 min"
    last = read_progress("phase2  epoch 10/10   0.3 s  loss 1.000\n")
    assert (last["epoch"], last["left"]) == (10, None)
    assert set(read_progress("starting\n").values()) == {None}


def test_a_round_is_plain_paths():
    found = Round(pathlib.Path("x"))
    assert found.network is None and not found.finished
