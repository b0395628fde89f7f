"""Tests of Figure 3: it refuses a run whose history is damaged."""

from unittest import mock

import pytest
import tiny_run

from trainers.engine.result import read_result
from trainers.engine.run_folder import RunFolder
from trainers.errors import UserError
from trainers.paper.figure3 import CURVES, last_row
from trainers.paper.trainings import PCE, PCE_PHASE1

COLUMNS = ("epoch", "step", "loss", "scribble", *CURVES, "seconds")


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    """A finished run of two epochs."""
    tiny_run.write_run(tmp_path)
    folder = RunFolder(tmp_path)
    values = dict(zip(COLUMNS, range(10, 20), strict=False))
    folder.write_history([values | {"epoch": epoch} for epoch in (1, 2)])
    return folder


def row_of(folder, run):
    bench = mock.Mock()
    bench.result.return_value = read_result(folder.path)
    return last_row(bench, run)


def test_the_partial_cross_entropy_is_the_loss_of_a_run_without_a_regularizer(folder):
    assert row_of(folder, PCE)["pce"] == 12
    assert row_of(folder, PCE_PHASE1)["pce"] == 13


@pytest.mark.parametrize("name", ["scribble", "crf_energy"])
def test_a_column_of_another_name_is_told(name, folder):
    """Protects: a flipped bit in the name of a column ended in a KeyError."""
    text = folder.history.read_text()
    folder.history.write_text(text.replace(f"{name},", f"{name[:-1]}q,", 1))
    with pytest.raises(UserError, match=rf"history.csv lacks {name} of the last epoch"):
        row_of(folder, PCE_PHASE1)


def test_a_history_without_its_last_epoch_is_told(folder, capsys):
    """Protects: the epoch before stood for the last one."""
    lines = folder.history.read_text().splitlines(keepends=True)
    folder.history.write_text("".join(lines[:-1]))
    with pytest.raises(UserError, match=r"lacks crf_energy, .* of the last epoch"):
        row_of(folder, PCE_PHASE1)
    assert "lacks 1 of 2 epochs" in capsys.readouterr().out
