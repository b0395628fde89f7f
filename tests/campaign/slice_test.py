"""A short fixed slice of the campaign, and whether it finds what it should."""

import json
import subprocess
import sys

import pytest

from tests.campaign import (
    damage,
    hostile_files,
    losses_fuzz,
    many_files,
    ops_fuzz,
    parts,
    runner,
    soak,
)
from tests.campaign.run_equality import differences
from tests.campaign.session import JOURNAL, Session, read_journal


def found(part, folder, most, **arguments):
    """Runs the first cases of a part in this process; returns what it found."""
    part.run(Session(folder, most=most), **arguments)
    outcome = read_journal(folder)
    assert outcome.cases == most and outcome.tried
    return outcome.findings


@pytest.mark.parametrize(
    "part, most", [(ops_fuzz, 25), (losses_fuzz, 12), (hostile_files, 84), (damage, 4)]
)
def test_fixed_cases_find_nothing(part, most, tmp_path):
    assert found(part, tmp_path, most) == []


def test_a_few_hundred_files_find_nothing(tmp_path):
    assert found(many_files, tmp_path, 1, count=200) == []


@pytest.mark.slow
def test_memory_of_a_short_training_is_flat(tmp_path):
    assert found(soak, tmp_path, 2, epochs=10, calls=20) == []


@pytest.mark.slow
def test_a_program_that_is_killed_and_stopped_finds_nothing(tmp_path):
    for part, case in (("kills", 0), ("faults", 2)):
        # The folder is the same, so that the run in peace serves both.
        outcome = runner.run_part(part, tmp_path, seed=0, seconds=0, first=case, most=1)
        assert outcome.findings == []
        assert outcome.tried["equal runs"] == 1
        (tmp_path / JOURNAL).unlink()


@pytest.mark.large
def test_two_workers_of_which_one_pauses_find_nothing(tmp_path):
    outcome = runner.run_part("workers", tmp_path, seed=0, seconds=0, first=1, most=1)
    assert outcome.findings == []
    assert outcome.tried["compared runs"] == 1


@pytest.mark.parametrize(
    "action, cases, message",
    [("die", [1], "signal SIGSEGV"), ("hang", [0, 1], "nothing moved for 5 s")],
)
def test_crashes_and_hangs_are_found_and_the_part_goes_on(
    action, cases, message, tmp_path, monkeypatch
):
    part = parts.Part("broken_parts", "", 1, limit=5.0)
    monkeypatch.setitem(parts.PARTS, action, part)
    command = [sys.executable, "-m", "tests.campaign.broken_parts"]
    monkeypatch.setattr(runner, "CHILD", command)
    outcome = runner.run_part(action, tmp_path, seed=0, seconds=0, most=2)
    assert outcome.cases == 2
    assert [case for case, _ in outcome.findings] == cases
    assert all(message in text for _, text in outcome.findings)


def stumble(session):
    for _ in session.cases():
        with session.scratch() as folder:
            (folder / "evidence").write_text("x")
            if session.case == 2:
                session.find("something")


def test_the_folder_of_a_finding_is_kept(tmp_path):
    stumble(Session(tmp_path, most=4))
    assert read_journal(tmp_path).findings == [(2, "something")]
    assert [path.name for path in tmp_path.glob("case*")] == ["case2"]


def test_other_results_are_named(tmp_path):
    for name, value in (("a", 0.5), ("b", 0.6)):
        (tmp_path / name).mkdir()
        metrics = {"mean_iou": value, "seconds": value}
        (tmp_path / name / "metrics.json").write_text(json.dumps(metrics))
    (tmp_path / "b" / ".last-x.keras").write_text("torn")
    wrong = differences(tmp_path / "a", tmp_path / "b")
    assert wrong == [".last-x.keras is left over", "metrics.json differs"]
    assert differences(tmp_path / "a", tmp_path / "a") == []


@pytest.mark.slow
def test_the_command_says_what_it_found_and_exits_accordingly(tmp_path):
    command = [sys.executable, "-m", "tests.campaign", "--minutes=0", "--parts=ops"]
    command += ["--case=3", f"--output={tmp_path}/out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ops      1 cases" in done.stdout and "0 findings" in done.stdout
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1 and "empty folder" in again.stderr
