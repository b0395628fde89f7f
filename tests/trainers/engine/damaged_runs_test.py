"""Damaged, moved and respelled run folders: resumed from what is whole, or refused."""

import itertools
import json
import pathlib
import shutil

import pytest
import toys

from trainers.engine.run import Training, run
from trainers.errors import TrainingError, UserError

FILES = (
    "config.json",
    "metrics.json",
    "history.csv",
    "checkpoints/checkpoint",
    "checkpoints/ckpt-4.index",
    "checkpoints/ckpt-4.data-00000-of-00001",
    "last.keras",
    "best.keras",
)
KINDS = ("empty", "half", "wrong", "flipped", "missing")


def train(folder, *, epochs=2):
    return run(
        toys.make_recipe(),
        toys.make_config(folder, epochs=epochs, tensorboard=True),
        toys.make_source(),
        toys.make_source(4, name="val"),
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run of two epochs of two steps."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(folder)
    return folder


def damage(path: pathlib.Path, kind: str) -> None:
    content = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "flipped":
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 0x10])
        path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
    else:
        half = content[: len(content) // 2]
        path.write_bytes({"empty": b"", "half": half, "wrong": b"[1, 2]\n"}[kind])


def make_unfinished(folder: pathlib.Path) -> None:
    """Leaves the files as a kill after the last epoch does."""
    file = folder / "metrics.json"
    metrics = json.loads(file.read_text()) | {"finished": False}
    file.write_text(json.dumps(metrics))


def cases() -> list:
    """Every file and kind of damage; the whole product takes minutes."""
    found = []
    for number, (name, kind) in enumerate(itertools.product(FILES, KINDS)):
        for ended in (True, False):
            # Four of five cases are for `pytest -m large`; each file has other kinds.
            place = 2 * (number + number // len(KINDS)) + ended
            marks = [pytest.mark.large] if place % 5 else []
            found.append(pytest.param(name, kind, ended, marks=marks))
    return found


@pytest.mark.parametrize("name, kind, ended", cases())
def test_a_damaged_file_is_named_or_done_without(finished, tmp_path, name, kind, ended):
    folder = shutil.copytree(finished, tmp_path / "run")
    if not ended:
        make_unfinished(folder)
    damage(folder / name, kind)
    try:
        result = train(folder)
    except UserError as error:
        message = str(error)
        assert str(folder) in message and "\n" not in message, message
        return
    assert toys.digest(result.last) == toys.digest(finished / "last.keras")
    assert result.metrics["last"]["mean_iou"] is not None


def test_rows_that_a_truncated_history_lacks_are_said(finished, tmp_path, capsys):
    folder = shutil.copytree(finished, tmp_path / "run")
    make_unfinished(folder)
    lines = (folder / "history.csv").read_text().splitlines(keepends=True)
    (folder / "history.csv").write_text("".join(lines[:2]) + lines[2][:5])
    train(folder)
    assert "lacks 1 of 2 epochs, the first of them epoch 2" in capsys.readouterr().out


@pytest.mark.parametrize("spelled", ["{}/", "{}/../run", "{}//"])
def test_another_spelling_of_the_folder_is_the_same_run(
    finished, tmp_path, spelled, capsys
):
    folder = shutil.copytree(finished, tmp_path / "run")
    train(spelled.format(folder))
    assert "finished already" in capsys.readouterr().out


def test_a_run_resumes_after_its_folder_was_moved(tmp_path, capsys):
    first = tmp_path / "a"
    train(first / "phase1", epochs=1)
    recipe, config = toys.make_recipe(), toys.make_config
    sources = toys.make_source(), toys.make_source(4, name="val")
    start = str(first / "phase1")
    run(recipe, config(first, init_from=start), *sources)
    moved = first.rename(tmp_path / "b")
    run(recipe, config(moved, init_from=f"{moved}/phase1"), *sources)
    assert "finished already" in capsys.readouterr().out
    train(tmp_path / "other", epochs=2)
    with pytest.raises(UserError, match="digest of --init_from"):
        other = str(tmp_path / "other")
        run(recipe, config(moved, init_from=other), *sources)


def test_leftovers_of_a_kill_are_deleted(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "run")
    make_unfinished(folder)
    leftovers = [
        folder / "checkpoints" / "checkpoint.tmp0123",
        folder / "pictures" / ".curves-abc.png",
        folder / ".last-abc.keras",
    ]
    for path in leftovers:
        path.write_text("torn")
    temporary = folder / "checkpoints" / "ckpt-6_temp"
    temporary.mkdir()
    (temporary / "part").write_text("torn")
    train(folder)
    assert not [path for path in (*leftovers, temporary) if path.exists()]


@pytest.mark.parametrize(
    "moment", ["before the checkpoint of a step", "after the epoch"]
)
def test_a_folder_that_is_deleted_during_the_run_ends_it(tmp_path, monkeypatch, moment):
    folder, run_epoch = tmp_path / "run", Training._run_epoch

    def run_epoch_and_delete(self, iterator, step, epoch, progress):
        if epoch == 2 and moment == "before the checkpoint of a step":
            shutil.rmtree(folder)
        run_epoch(self, iterator, step, epoch, progress)
        if epoch == 2:
            shutil.rmtree(folder)

    monkeypatch.setattr(Training, "_run_epoch", run_epoch_and_delete)
    config = toys.make_config(folder, epochs=3, checkpoint_every=1)
    with pytest.raises(TrainingError, match="was deleted or moved during the run"):
        run(toys.make_recipe(), config, toys.make_source())
    assert not folder.exists()
