"""The workers of a run, each started when it is first needed."""

import contextlib
import functools
import glob
from collections.abc import Sequence

from benchmarks.harness import measure


class Workers(contextlib.ExitStack):
    """Workers for C++, for memory, and for TensorFlow with each number of threads.

    Args:
        devices: "CPU" and "GPU", or "AUTO" for those that TensorFlow sees.
        rivals: number of busy processes beside which to measure a second time.
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
        """Starts a worker that is closed together with the others."""
        worker = self.enter_context(measure.Worker(**arguments))
        self._others.append(worker)
        return worker

    @functools.cached_property
    def native(self) -> measure.Worker:
        """The worker without TensorFlow; contestants set their threads themselves."""
        return self.start()

    @functools.cached_property
    def memory(self) -> measure.Worker:
        """The worker for `Worker.memory`, which forks; nothing else runs there."""
        worker = self.start()
        worker.ask({"import": "tensorflow"})
        return worker

    def tensorflow(self, device: str, threads: int) -> tuple[measure.Worker, dict]:
        """Returns the worker for a device and a number of threads, and its `facts`.

        TensorFlow's number of threads is set once in a process.
        """
        key = (device, threads)
        if key not in self._tensorflow:
            worker = self.start(threads=threads, devices=device)
            function = "benchmarks.harness.in_tensorflow:facts"
            facts = worker.ask({"ask": function, "arguments": {}})
            self._tensorflow[key] = worker, facts
        return self._tensorflow[key]

    def devices(self) -> list[str]:
        """Returns the devices to measure on."""
        if "AUTO" not in self._devices:
            return list(self._devices)
        maybe = bool(glob.glob("/dev/nvidia[0-9]*"))
        has_gpu = maybe and self.tensorflow("GPU", 1)[1]["gpu"]
        return ["CPU", "GPU"] if has_gpu else ["CPU"]

    def drop(self) -> None:
        """Frees the contestants of all workers."""
        for worker in self._others:
            worker.drop()
