"""Tests of trainers/engine/run_folder.py."""

import zipfile

import pytest
import toys

from trainers.engine.run_files import digest_of_file
from trainers.engine.run_folder import RunFolder
from trainers.errors import UserError

FLAGS = {"--epochs": 2, "--crop_size": (16, 16)}
DATA = {"training data": "toys"}


def test_the_same_run_may_claim_its_folder_again(tmp_path):
    RunFolder(tmp_path / "run").claim(FLAGS, DATA)
    RunFolder(tmp_path / "run").claim(FLAGS, DATA)


@pytest.mark.parametrize(
    "flags, data, message",
    [
        (FLAGS | {"--epochs": 3}, DATA, "--epochs is 3, but .* begun with 2"),
        (FLAGS | {"--new": 1}, DATA, "--new is 1, but .* begun with None"),
        (FLAGS, {"training data": "other"}, "training data is 'other'"),
    ],
)
def test_another_run_is_refused_by_the_name_of_what_differs(
    tmp_path, flags, data, message
):
    RunFolder(tmp_path).claim(FLAGS, DATA)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(UserError, match=message):
        RunFolder(tmp_path).claim(flags, data)


def test_names_and_values_of_a_damaged_file_are_shortened(tmp_path):
    name = "--epo\nchs" + 9000 * "U"
    RunFolder(tmp_path).claim({name: list(range(9000))} | FLAGS, DATA)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(UserError, match=r"--epo\\nchsU.*another --output_dir") as error:
        RunFolder(tmp_path).claim(FLAGS, DATA)
    assert len(str(error.value)) < 1000 and "\n" not in str(error.value)


def test_a_run_that_a_mistake_ended_at_once_can_be_begun_anew(tmp_path):
    RunFolder(tmp_path).claim(FLAGS | {"--init_from": "wrong"}, DATA)
    RunFolder(tmp_path).claim(FLAGS, DATA)
    assert "wrong" not in (tmp_path / "config.json").read_text()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="--output_dir must be a folder"):
        RunFolder(tmp_path / "run").lock()


def test_results_of_unknown_origin_are_not_overwritten(tmp_path):
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(UserError, match=r"holds metrics.json but no config.json"):
        RunFolder(tmp_path).claim(FLAGS, DATA)


def test_leftovers_of_a_killed_write_are_removed_and_nothing_else(tmp_path):
    folder = RunFolder(tmp_path)
    folder.claim(FLAGS, DATA)
    folder.write_json(folder.metrics, {})
    torn = [tmp_path / name for name in (".best-x1y2.keras", ".report-x1y2.html")]
    others = [tmp_path / "best.keras", tmp_path / ".mine"]
    for path in (*torn, *others):
        path.write_text("")
    folder.claim(FLAGS, DATA)
    assert not any(path.exists() for path in torn)
    assert all(path.exists() for path in others)


def test_leftovers_of_a_kill_before_the_first_result_are_removed(tmp_path):
    (tmp_path / ".config-abc.json").write_text("torn")
    RunFolder(tmp_path).claim(FLAGS, DATA)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_history_round_trips_and_forgets_epochs_after_the_checkpoint(tmp_path):
    folder = RunFolder(tmp_path)
    rows = [
        {"epoch": epoch, "step": 4 * epoch, "loss": 1 / 3, "val_miou": None}
        for epoch in (1, 2, 3)
    ]
    folder.write_history(rows)
    assert folder.read_history(2) == rows[:2]
    assert folder.read_history(0) == []


def test_a_history_ends_at_a_row_that_cannot_be_read(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_history([{"epoch": epoch, "step": epoch} for epoch in (1, 2)])
    lines = folder.history.read_text().splitlines(keepends=True)
    folder.history.write_text("".join(lines[:2]) + "x" * 200_000)
    assert [row["epoch"] for row in folder.read_history(2)] == [1]


def test_a_worker_that_is_not_the_chief_writes_nothing(tmp_path):
    folder = RunFolder(tmp_path / "run", writable=False)
    folder.claim(FLAGS, DATA)
    folder.write_history([{"epoch": 1}])
    folder.write_json(folder.metrics, {})
    assert not folder.path.exists()


def test_the_digest_of_a_network_is_that_of_its_weights(tmp_path):
    """Protects: weights that were written anew had another date, and another digest."""
    model = toys.build_segmenter(2)
    paths = [tmp_path / f"{name}.keras" for name in "abc"]
    for path, date in zip(paths, ("2001", "2002", "2003"), strict=True):
        if date == "2003":
            model.set_weights([weight + 1 for weight in model.get_weights()])
        model.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("date", date)
    first, again, other = map(digest_of_file, paths)
    assert first == again != other
