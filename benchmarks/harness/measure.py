"""Measures contestants that wait in processes of their own and take turns.

Anything else that the machine does meanwhile slows all of them alike, so their ratios
hold even where the times themselves do not.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

_WORKER = pathlib.Path(__file__).with_name("worker.py")
_TURN_MS = 30.0  # contestants that take less are called several times in a turn
_MOST_CALLS_IN_A_TURN = 5


class WorkerError(RuntimeError):
    """A request that a worker could not answer."""


@dataclasses.dataclass(eq=False)
class Handle:
    """A contestant in a worker.

    Attributes:
        name: its name in tables.
        worker: the process that runs it.
        key: its name there.
        first_ms: time of the first call, which warms up and enters no result.
    """

    name: str
    worker: "Worker"
    key: str
    first_ms: float

    def run(self, calls: int) -> list[float]:
        """Times `calls` calls in ms, after one more call that is left out.

        The first call of a turn is slower: the caches hold another contestant's
        numbers, and threads are asleep.
        """
        return self.worker.ask({"run": self.key, "calls": calls + 1})["ms"][1:]

    def facts(self) -> dict:
        """Returns the present facts of the contestant."""
        return self.worker.ask({"facts": self.key})


class Worker:
    """A process that runs worker.py.

    Args:
        python: path of the interpreter.
        threads: number of threads for TensorFlow, OpenMP and NumPy.
        devices: "CPU" hides GPUs from the process, "GPU" leaves them visible.
    """

    def __init__(self, python=sys.executable, threads: int = 1, devices="CPU"):
        self.threads = threads
        environment = dict(
            os.environ,
            TF_CPP_MIN_LOG_LEVEL="2",
            RLOSS_BENCHMARK_THREADS=str(threads),
        )
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(threads)
        if devices == "CPU":
            environment["CUDA_VISIBLE_DEVICES"] = "-1"
        # TensorFlow prints much while it starts; this is shown if the process fails.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment,
        )
        self._made = 0

    def ask(self, request: dict) -> dict:
        """Sends a request (see worker.py) and returns the reply.

        Raises:
            WorkerError: if the request failed or the process has ended.
        """
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            tail = self._log.read()[-2000:]
            raise WorkerError(f"The process ended at {request}. It said:\n{tail}")
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerError(reply["error"])
        return reply

    def make(self, name: str, maker: str, **arguments) -> Handle:
        """Makes a contestant and calls it once.

        Args:
            name: its name in tables.
            maker: "module:function" that makes it.
            **arguments: of that function; JSON values.
        """
        self._made += 1
        key = f"{self._made} {name}"
        reply = self.ask({"make": maker, "name": key, "arguments": arguments})
        return Handle(name, self, key, reply["first_ms"])

    def memory(self, maker: str, threads: int, arguments: dict) -> float | None:
        """Measures the memory of a contestant's calls; see worker.measure_memory."""
        request = {"memory": maker, "threads": threads, "arguments": arguments}
        return self.ask(request)["mb"]

    def drop(self) -> None:
        """Frees all contestants of this worker."""
        self.ask({"drop": True})

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Rival:
    """Processes that keep processors busy inside `with rival.running()` only.

    Args:
        count: number of processes.
    """

    def __init__(self, count: int):
        self._processes = [
            subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(count)
        ]
        self._send(signal.SIGSTOP)

    def _send(self, number) -> None:
        for process in self._processes:
            process.send_signal(number)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self._send(signal.SIGCONT)
        try:
            yield
        finally:
            self._send(signal.SIGSTOP)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@dataclasses.dataclass(frozen=True)
class Times:
    """Times of one contestant in ms; `rival_ms` is the median beside a rival."""

    median_ms: float
    min_ms: float
    calls: int
    rival_ms: float | None = None


def take_turns(
    handles: Sequence[Handle],
    rounds: int,
    seconds_each: float = float("inf"),
    rival: Rival | None = None,
) -> dict[Handle, Times]:
    """Calls all contestants in turn, `rounds` times.

    Args:
        handles: the contestants.
        rounds: number of turns of each.
        seconds_each: a contestant that has used as many seconds gets no further turn.
        rival: takes every turn a second time beside this rival.

    Returns:
        The times of each contestant.
    """
    alone = {handle: [] for handle in handles}
    beside = {handle: [] for handle in handles}
    for _ in range(rounds):
        for handle in handles:
            if sum(alone[handle]) > 1000 * seconds_each:
                continue
            expected = min(alone[handle], default=handle.first_ms)
            calls = int(min(_MOST_CALLS_IN_A_TURN, 1 + _TURN_MS / expected))
            alone[handle] += handle.run(calls)
            if rival is not None:
                with rival.running():
                    beside[handle] += handle.run(calls)
    return {
        handle: Times(
            statistics.median(times),
            min(times),
            len(times),
            statistics.median(beside[handle]) if rival else None,
        )
        for handle, times in alone.items()
    }
