"""The processes of a run, started when they are first needed."""

import contextlib
import functools
import glob
from collections.abc import Sequence

from benchmarks import measure


class Workers(contextlib.ExitStack):
    """Workers for C++, for TensorFlow with each number of threads, and for memory.

    Args:
        devices: "CPU", "GPU", or "AUTO" for those that TensorFlow sees.
        rivals: number of busy processes beside which to measure once more.
    """

    def __init__(self, devices: Sequence[str] = ("AUTO",), rivals: int = 0):
        super().__init__()
        self._devices = devices
        self._tensorflow = {}
        self._others = []
        self.rival = None
        if rivals:
            self.rival = measure.Rival(rivals)
            self.callback(self.rival.close)

    def start(self, **arguments) -> measure.Worker:
        """Starts a worker that is closed with the others."""
        worker = self.enter_context(measure.Worker(**arguments))
        self._others.append(worker)
        return worker

    @functools.cached_property
    def native(self) -> measure.Worker:
        """For contestants without TensorFlow; these set their threads themselves."""
        return self.start()

    @functools.cached_property
    def memory(self) -> measure.Worker:
        """For `Worker.memory`; it forks, so nothing else runs there."""
        worker = self.start()
        worker.ask({"import": "tensorflow"})
        return worker

    def tensorflow(self, device: str, threads: int) -> tuple[measure.Worker, dict]:
        """The worker for a device and a number of threads, and what it can do."""
        key = (device, threads)
        if key not in self._tensorflow:
            worker = self.start(threads=threads, devices=device)
            maker = "benchmarks.tensorflow_contestants:facts"
            facts = worker.ask({"ask": maker, "arguments": {}})
            self._tensorflow[key] = worker, facts
        return self._tensorflow[key]

    def devices(self) -> list[str]:
        """The devices to measure."""
        if "AUTO" not in self._devices:
            return list(self._devices)
        maybe = bool(glob.glob("/dev/nvidia[0-9]*"))
        has_gpu = maybe and self.tensorflow("GPU", 1)[1]["gpu"]
        return ["CPU", "GPU"] if has_gpu else ["CPU"]

    def drop(self) -> None:
        """Frees what was made for the last problem."""
        for worker in self._others:
            worker.drop()
