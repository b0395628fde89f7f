"""Workers answer, take turns and tell memory; reports are written whole."""

import csv
import pathlib
import subprocess
import sys
import time

import pytest

from benchmarks import measure, native, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = "benchmarks.filter_contestants:copy"


@pytest.fixture(scope="module")
def worker():
    with measure.Worker(threads=2) as started:
        yield started


@pytest.fixture(scope="module")
def library():
    return native.build_core()


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


def test_the_first_call_of_a_turn_counts_nowhere(tmp_path, monkeypatch):
    (tmp_path / "sleepy.py").write_text(
        "import time\n"
        "from benchmarks.filter_contestants import Contestant\n"
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
        "from benchmarks.filter_contestants import Contestant\n"
        "def make(megabytes):\n"
        "    held = bytearray(b'x' * 50_000_000)\n"
        "    return Contestant(lambda: held and len(b'x' * (megabytes * 10**6)))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with measure.Worker() as worker:
        found = worker.memory("hungry:make", threads=1, arguments={"megabytes": 20})
    assert found == pytest.approx(20, abs=0.5)  # Linux counts pages in batches


def test_a_failure_is_told(worker):
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
    """Whether a condition comes true soon; signals take a moment to arrive."""
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_table_leaves_out_what_nobody_has():
    rows = [{"who": "a", "ms": 1.234, "mb": None}, {"who": "bc", "ms": 123.4}]
    assert report.table(rows, ("who", "ms", "mb")) == (
        "who    ms\na    1.23\nbc    123"
    )


def test_csv_has_every_column(tmp_path):
    path = tmp_path / "new" / "rows.csv"
    report.write_csv([{"a": 1}, {"b": 2.5}], path)
    with open(path, newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"a": "1", "b": ""},
            {"a": "", "b": "2.5"},
        ]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), report.new_file(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_plot_is_a_picture(tmp_path):
    rows = [{"who": "op", "ms": 9.0, "floor_ms": 3.0}, {"who": "plain", "ms": 90.0}]
    path = tmp_path / "bars.png"
    report.write_plot({"a problem": rows}, path, "title")
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("script", ["filter", "losses", "training_step"])
def test_scripts_explain_their_flags(script):
    command = [sys.executable, ROOT / "benchmarks" / f"{script}.py", "--helpshort"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "--output_dir" in done.stdout, done.stderr
