"""The process that trains, and the networks that the page gets from it."""

import functools
import queue
import subprocess
import sys
import types

import pytest

from trainers.annotation_page import training as page_training
from trainers.annotation_page.rounds import Round
from trainers.annotation_page.training import Training


@pytest.fixture
def started(tmp_path, monkeypatch):
    """A training whose process waits for a line, its round and the networks shown."""
    found, shown = Round(tmp_path / "round-001"), queue.Queue()
    (found.run / "phase1").mkdir(parents=True)
    program = [sys.executable, "-c", "input()"]
    real = functools.partial(subprocess.Popen, program, stdin=subprocess.PIPE)
    processes = []

    def popen(command, **kwargs):
        processes.append(real(stdout=kwargs["stdout"]))
        return processes[-1]

    monkeypatch.setattr(page_training, "next_round", lambda *_: (found, []))
    monkeypatch.setattr(page_training, "REFRESH", 0.05)
    monkeypatch.setattr(page_training.subprocess, "Popen", popen)
    predictions = types.SimpleNamespace(trained=None, load_soon=shown.put)
    training = Training(None, predictions, tmp_path, ())
    training.start()
    yield training, found, shown, processes[0]
    processes[0].kill()
    processes[0].wait()


def test_networks_are_shown_while_the_training_runs(started):
    training, found, shown, process = started
    first = found.run / "phase1" / "last.keras"
    for content in ("first epoch", "second epoch"):
        newer = first.with_name("newer")
        newer.write_text(content)
        newer.replace(first)
        assert shown.get(timeout=60) == first
    assert training.state()["running"]
    last = found.run / "last.keras"
    last.write_text("phase 2")
    assert shown.get(timeout=60) == last
    process.communicate(b"\n", timeout=60)
    with pytest.raises(queue.Empty):  # The end brings no newer one.
        shown.get(timeout=0.5)
    assert not training.state()["running"] and not training.state()["fault"]
