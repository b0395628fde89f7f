"""Tests of runs that are killed, and of runs on several workers."""

import concurrent.futures
import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import toys

from trainers.engine.run import run
from trainers.engine.run_folder import RunFolder

TIMEOUT = 600
"""Seconds; either takes below 30 on a quiet machine with two cores."""


def run_processes(*arguments) -> object:
    """Runs `processes.py` and returns what its last line says."""
    script = pathlib.Path(__file__).parents[1] / "processes.py"
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_run_killed_at_awkward_moments_ends_with_the_same_weights(tmp_path):
    exits = run_processes("resume", tmp_path)
    assert exits["peaceful"] == exits["last"] == 0
    assert set(exits["killed"]) == {-signal.SIGKILL}
    peaceful, killed = tmp_path / "peaceful", tmp_path / "killed"
    for name in ("last.keras", "best.keras"):
        assert toys.digest(killed / name) == toys.digest(peaceful / name)
    for column in ("loss", "image", "scribble_miou", "val_miou", "learning_rate"):
        assert toys.column(killed, column) == toys.column(peaceful, column)
    litter = [path.name for path in killed.iterdir() if path.name.startswith(".")]
    assert litter == []


@pytest.mark.slow
def test_a_worker_says_which_other_one_is_lost(tmp_path):
    cases = [(signal.SIGKILL, 1), (signal.SIGKILL, 0), (signal.SIGSTOP, 1)]
    ports = free_ports(2 * len(cases))
    pairs = [ports[2 * i : 2 * i + 2] for i in range(len(cases))]
    folders = [tmp_path / str(i) for i in range(len(cases))]

    def lose(folder: pathlib.Path, case: tuple[int, int], pair: list[int]) -> object:
        folder.mkdir()
        return run_processes("lost", folder, int(case[0]), case[1], *pair)

    # A worker says so after a minute or more, so the cases wait side by side.
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        ends = list(pool.map(lose, folders, cases, pairs))
    for (number, victim), pair, folder, (code, error) in zip(
        cases, pairs, folders, ends, strict=True
    ):
        case = f"{number.name} to worker {victim}"
        assert code == 0, case
        assert error == (
            f"worker {victim} (localhost:{pair[victim]}) has ended or does not answer, "
            f"so worker {1 - victim} stops as well. Give the same command on all "
            "workers again, which goes on from the last checkpoint."
        ), case
        # What the chief wrote is whole, and can be resumed.
        run_folder = RunFolder(str(folder / "run"))
        run_folder.read_config()
        rows = run_folder.read_history(2)
        assert [row["epoch"] for row in rows] == [1, 2], case
        newest = tf.train.latest_checkpoint(run_folder.checkpoints)
        step = "step/0/.ATTRIBUTES/VARIABLE_VALUE"
        assert tf.train.load_checkpoint(newest).get_tensor(step) >= 2, case


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.mark.slow
def test_two_workers_take_the_steps_of_one_process(tmp_path):
    exits = run_processes("workers", tmp_path, *free_ports(2))
    assert exits == [0, 0]
    first, second = (
        json.loads((tmp_path / f"worker{index}.json").read_text()) for index in (0, 1)
    )
    assert first == second

    recipe = toys.make_recipe(build_segmenter=toys.build_without_randomness)
    config = toys.make_config(tmp_path / "alone", epochs=6, steps_per_epoch=1)
    val = toys.make_source(2, name="val")
    run(recipe, config, toys.make_source(), val)
    for term in ("loss", "scribble", "image"):
        alone, together = (
            toys.column(tmp_path / name, term) for name in ("alone", "workers")
        )
        assert len(alone) == 6
        np.testing.assert_allclose(together, alone, atol=1e-4)
    # The chief wrote what one process writes, and the other worker nothing.
    names = [{p.name for p in (tmp_path / n).iterdir()} for n in ("alone", "workers")]
    assert names[0] == names[1]
