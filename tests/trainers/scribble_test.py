"""Tests of trainers/scribble.py."""

import json

import pytest
import tiny_run
import toys

from tf_rloss import models
from trainers import scribble

SMALL = {
    "synthetic_images": 8,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "tensorboard": False,
}


def call(folder, **flags):
    """Runs the trainer as from the command line."""
    return tiny_run.call(scribble, output_dir=folder, **SMALL | flags)


def train(folder, **flags):
    """Trains, and returns what was printed."""
    code, out, err = call(folder, **flags)
    assert code == 0, err
    return out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Both phases of the default network and regularizer, once."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(folder)
    return folder


def flags_of(folder):
    return json.loads((folder / "config.json").read_text())["flags"]


def test_two_phases_run_one_after_the_other(trained):
    first, second = flags_of(trained / "phase1"), flags_of(trained)
    assert "--regularizer_weight" not in first
    assert second["--regularizer"] == "kernelcut"
    assert second["--init_from"] == str(trained / "phase1")
    assert second["--sigma_xy"] == pytest.approx(100 * 32 / 513)
    for folder in (trained, trained / "phase1"):
        assert json.loads((folder / "metrics.json").read_text())["finished"]


def test_the_same_command_again_reports_at_once(trained):
    text = train(trained)
    assert text.count("finished already") == 2
    assert f"last weights  {trained / 'last.keras'}  mIoU 0." in text


@pytest.mark.slow
def test_another_flag_for_the_same_folder_is_named(trained):
    tiny_run.assert_one_line(call(trained, sigma_rgb=9), "--sigma_rgb is 9.0, but")


@pytest.fixture
def toy_network(monkeypatch):
    """A network that is built in no time, in place of the default."""

    def build(name, num_classes, weights):
        return toys.build_segmenter(num_classes)

    monkeypatch.setattr(models, "build", build)


def test_one_phase_alone(toy_network, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    train(first, regularizer="none")
    assert not (first / "phase1").exists()
    assert flags_of(first)["--phase1_epochs"] == 1
    train(second, init_from=first, regularizer="crf")
    assert not (second / "phase1").exists()
    assert flags_of(second)["--regularizer"] == "crf"


def test_an_unknown_model_is_named(tmp_path):
    result = call(tmp_path, model="vgg")
    tiny_run.assert_one_line(result, "must be one of 'small_deeplab'")
