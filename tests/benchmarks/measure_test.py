"""Workers answer requests, take turns and measure memory."""

import pathlib
import time

import pytest

from benchmarks.contestants import lattice
from benchmarks.harness import measure

COPY = "benchmarks.contestants.lattice:make_copy"


@pytest.fixture(scope="module")
def worker():
    with measure.Worker(threads=2) as started:
        yield started


@pytest.fixture(scope="module")
def library():
    return lattice.build()


def test_contestants_take_turns_in_a_process_of_their_own(worker, library):
    small, large = (
        worker.make(f"{size} MB", COPY, library=library, megabytes=size, threads=2)
        for size in (1, 50)
    )
    times = measure.take_turns([small, large], rounds=3)
    assert 0 < times[small].min_ms <= times[small].median_ms
    # Fifty times the work, on however busy a machine.
    assert times[large].min_ms > times[small].min_ms
    assert times[large].calls >= 3


def test_the_first_call_of_a_turn_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "sleepy.py").write_text(
        "import time\n"
        "from benchmarks.harness.contestant import Contestant\n"
        "last = 0.0\n"
        "def call():  # slow after a pause\n"
        "    global last\n"
        "    time.sleep(0.05 if time.perf_counter() - last > 0.4 else 0)\n"
        "    last = time.perf_counter()\n"
        "def make():\n"
        "    return Contestant(call)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with measure.Worker() as worker:
        contestant = worker.make("sleepy", "sleepy:make")
        assert contestant.first_ms >= 50
        time.sleep(0.5)
        times = contestant.run(5)
    assert len(times) == 5 and times[0] < 50


def test_no_more_turns_once_the_time_is_used(worker, library):
    contestant = worker.make("copy", COPY, library=library, megabytes=20, threads=1)
    once = measure.take_turns([contestant], rounds=1)[contestant]
    times = measure.take_turns([contestant], rounds=50, seconds_each=1e-6)[contestant]
    assert times.calls <= max(once.calls, 5)


def test_memory_is_that_of_the_calls(tmp_path, monkeypatch):
    (tmp_path / "hungry.py").write_text(
        "from benchmarks.harness.contestant import Contestant\n"
        "def make(megabytes):\n"
        "    held = bytearray(b'x' * 50_000_000)\n"
        "    return Contestant(lambda: held and len(b'x' * (megabytes * 10**6)))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with measure.Worker() as worker:
        found = worker.memory("hungry:make", threads=1, arguments={"megabytes": 20})
    assert found == pytest.approx(20, abs=0.5)  # Linux counts pages in batches


def test_a_failed_request_is_an_error(worker):
    with pytest.raises(measure.WorkerError, match="No module named 'no_such'"):
        worker.make("nobody", "no_such:function")


def test_a_rival_runs_only_when_it_should():
    rival = measure.Rival(1)

    def is_stopped():
        (process,) = rival._processes
        stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    try:
        assert wait_until(is_stopped)
        with rival.running():
            assert wait_until(lambda: not is_stopped())
        assert wait_until(is_stopped)
    finally:
        rival.close()


def wait_until(condition) -> bool:
    """Returns whether a condition comes true soon; signals take a moment to arrive."""
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.01)
    return False
