"""Contestants in the process of the tests, which saves starting others."""

import pytest

from benchmarks.harness import measure, worker


class LocalWorker(measure.Worker):
    """A worker without a process of its own; it cannot measure memory."""

    def __init__(self, **arguments):
        del arguments
        self._made = 0
        self._contestants = {}

    def ask(self, request):
        if "memory" in request:
            return {"mb": None}
        return worker.serve(request, self._contestants)

    def close(self):
        pass


@pytest.fixture
def local_workers(monkeypatch):
    """Lets benchmarks run their contestants in this process."""
    monkeypatch.setattr(measure, "Worker", LocalWorker)
