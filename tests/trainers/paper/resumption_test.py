"""What is done once: by reproduce, by a printed command, or by an earlier process."""

import importlib
import json
import shlex

import pytest
import tiny_run
import toys
from keras_files import digest

from tf_rloss import models
from trainers import reproduce
from trainers.engine import run as engine
from trainers.trained import scoring

FLAGS = {
    "table": 4,
    "synthetic_images": 8,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 4,
    "phase1_epochs": 1,
    "phase2_epochs": 1,
    "tensorboard": False,
}
TRAININGS = ("pce_phase1", "pce", "crf_as_rnn", "crf")
SCORES = ("pce_with_crf", "crf_with_crf")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Where Table 4 was done once, on a toy network."""
    folder = tmp_path_factory.mktemp("reproduce")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            models,
            "build",
            lambda name, num_classes, **_: toys.build_segmenter(num_classes),
        )
        call(folder)
        yield folder


def call(folder, **flags) -> str:
    code, out, err = tiny_run.call(reproduce, output_dir=folder, **FLAGS | flags)
    assert code == 0, err
    return out


def flag_and_value(argument: str) -> tuple[str, str]:
    """Splits `--flag=value`, `--flag` and `--noflag`."""
    flag, is_value, value = argument.removeprefix("--").partition("=")
    if is_value:
        return flag, value
    return flag.removeprefix("no"), str(not flag.startswith("no")).lower()


@pytest.fixture
def worked(monkeypatch):
    """Lists what is trained and what is scored in earnest."""
    found = []
    train, score = engine.Training.run, scoring.score

    def count_training(self, title=""):
        found.append(self.folder.path.name)
        return train(self, title)

    def count_score(*arguments):
        found.append("score")
        return score(*arguments)

    monkeypatch.setattr(engine.Training, "run", count_training)
    monkeypatch.setattr(scoring, "score", count_score)
    return found


@pytest.mark.slow
def test_printed_commands_give_the_very_weights_that_reproduce_gives(done, tmp_path):
    """Protects: there is no second way to train."""
    root = done / "small_deeplab" / "seed0"
    names = []
    for line in call(done, print=True).splitlines():
        _, _, module, *arguments = shlex.split(line)
        output_dir = arguments.pop().removeprefix("--output_dir=")
        name = output_dir.rpartition("/")[2]
        flags = dict(map(flag_and_value, arguments))
        program = importlib.import_module(module)
        result = tiny_run.call(program, output_dir=tmp_path / name, **flags)
        assert result[0] == 0, result
        names.append(name)
        metrics = [
            json.loads((folder / name / "metrics.json").read_text())
            for folder in (root, tmp_path)
        ]
        if name in TRAININGS:
            files = [folder / name / "last.keras" for folder in (root, tmp_path)]
            assert digest(files[0]) == digest(files[1])
            metrics = [m["last"] for m in metrics]
        assert metrics[0]["mean_iou"] == metrics[1]["mean_iou"]
    assert sorted(names) == sorted(TRAININGS + SCORES)


def test_what_is_finished_is_found_again(done, worked):
    """Protects: what another process or a command has done is not repeated."""
    out = call(done)
    assert worked == [] and "evaluated" not in out
    assert out.count("finished already") == len(TRAININGS)


def test_a_score_with_other_flags_is_done_anew(done, worked):
    file = done / "small_deeplab" / "seed0" / "crf_with_crf" / "metrics.json"
    metrics = json.loads(file.read_text())
    assert metrics["flags"]["crf"] == "synthetic"
    other = metrics | {"flags": metrics["flags"] | {"crf": "sec"}, "mean_iou": 0.5}
    file.write_text(json.dumps(other))
    call(done)
    assert worked == ["score"]
    assert json.loads(file.read_text())["mean_iou"] == metrics["mean_iou"]


@pytest.mark.parametrize("text", ["", "[]", '{"flags": {}}'])
def test_a_damaged_score_is_done_anew(done, worked, text):
    file = done / "small_deeplab" / "seed0" / "crf_with_crf" / "metrics.json"
    before = json.loads(file.read_text())["mean_iou"]
    file.write_text(text)
    call(done)
    assert worked == ["score"]
    assert json.loads(file.read_text())["mean_iou"] == before


def test_a_score_of_older_weights_is_done_anew(done, worked):
    root = done / "small_deeplab" / "seed0"
    (root / "pce" / "last.keras").touch()
    call(done)
    assert worked == ["score"]


def test_what_is_missing_alone_is_done(done, worked, tmp_path):
    root = done / "small_deeplab" / "seed0"
    before = digest(root / "crf" / "last.keras")
    (root / "crf").rename(tmp_path / "crf")
    call(done)
    assert worked == ["crf", "score"]
    assert digest(root / "crf" / "last.keras") == before
