"""Measures contestants side by side: in processes of their own, taking turns.

What else the machine does then hits all of them alike, so that ratios hold even
where the times themselves do not.
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
_TURN_MS = 30.0  # quick contestants are called several times in each turn
_MOST_CALLS_IN_A_TURN = 5


class WorkerError(RuntimeError):
    """What a worker could not do."""


@dataclasses.dataclass(eq=False)
class Contestant:
    """Something to be measured, in a worker.

    Attributes:
        name: how tables call it.
        worker: where it runs.
        key: its name there.
        first_ms: time of the first call, which warms up and counts nowhere.
        facts: what the worker said of it.
    """

    name: str
    worker: "Worker"
    key: str
    first_ms: float
    facts: dict

    def run(self, calls: int) -> list[float]:
        """Times of `calls` calls in ms, after one that counts nowhere.

        That one finds another's numbers in the caches, and threads asleep.
        """
        return self.worker.ask({"run": self.key, "calls": calls + 1})["ms"][1:]

    def update_facts(self) -> dict:
        self.facts = self.worker.ask({"facts": self.key})
        return self.facts


class Worker:
    """A process of worker.py.

    Args:
        python: the interpreter.
        threads: for TensorFlow, OpenMP and NumPy.
        devices: "CPU", or "GPU" to leave GPUs visible.
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
        # TensorFlow talks while it starts; that is shown if the process fails only.
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
        """Sends a request and returns the reply; raises WorkerError if it failed."""
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

    def make(self, name: str, maker: str, **arguments) -> Contestant:
        """Makes a contestant and calls it once."""
        self._made += 1
        key = f"{self._made} {name}"
        facts = self.ask({"make": maker, "name": key, "arguments": arguments})
        return Contestant(name, self, key, facts.pop("first_ms"), facts)

    def memory(self, maker: str, threads: int, arguments: dict) -> float | None:
        """MB that the calls of a contestant need above inputs and outputs."""
        request = {"memory": maker, "threads": threads, "arguments": arguments}
        return self.ask(request)["mb"]

    def drop(self) -> None:
        """Frees all contestants."""
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
    """Processes that keep processors busy, but only inside `with rival.running()`."""

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
    """Times of one contestant, in ms; `rival_ms` is the median beside a rival."""

    median_ms: float
    min_ms: float
    calls: int
    rival_ms: float | None = None


def take_turns(
    contestants: Sequence[Contestant],
    rounds: int,
    seconds_each: float = float("inf"),
    rival: Rival | None = None,
) -> dict[Contestant, Times]:
    """Calls all contestants in turn, `rounds` times.

    Args:
        contestants: to be compared with each other.
        rounds: turns of each.
        seconds_each: no further turns for a contestant that has used as much.
        rival: measure beside it as well, turn by turn.

    Returns:
        The times of each.
    """
    alone = {contestant: [] for contestant in contestants}
    beside = {contestant: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            if sum(alone[contestant]) > 1000 * seconds_each:
                continue
            expected = min(alone[contestant], default=contestant.first_ms)
            calls = int(min(_MOST_CALLS_IN_A_TURN, 1 + _TURN_MS / expected))
            alone[contestant] += contestant.run(calls)
            if rival is not None:
                with rival.running():
                    beside[contestant] += contestant.run(calls)
    return {
        contestant: Times(
            statistics.median(times),
            min(times),
            len(times),
            statistics.median(beside[contestant]) if rival else None,
        )
        for contestant, times in alone.items()
    }
