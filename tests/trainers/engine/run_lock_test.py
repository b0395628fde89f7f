"""Tests of trainers/engine/run_lock.py, with real processes."""

import errno
import fcntl
import pathlib
import signal
import subprocess
import sys

import pytest

from trainers.engine.run_lock import locked
from trainers.errors import UserError

ROOT = pathlib.Path(__file__).resolve().parents[3]
HOLD = """
import pathlib, sys, time
from trainers.engine.run_lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_refused_and_told_of_the_first(holder, tmp_path):
    told = f"process {holder.pid} on .* since"
    with pytest.raises(UserError, match=told), locked(tmp_path):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(tmp_path):
        assert (tmp_path / "lock").is_file()


def test_the_lock_is_free_after_the_block(tmp_path):
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_a_damaged_lock_file_is_no_obstacle(tmp_path):
    (tmp_path / "lock").write_bytes(b"\xff{not json")
    with locked(tmp_path):
        pass


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, capsys):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(tmp_path):
        pass
    assert "cannot be locked (No locks available)" in capsys.readouterr().out
