"""Contestants in the process of the tests, which saves starting others."""

import pytest
import tensorflow as tf

from benchmarks import (
    loss_contestants,
    measure,
    step_contestants,
    tensorflow_contestants,
    worker,
)


class LocalWorker(measure.Worker):
    """A worker without a process of its own; it cannot tell memory."""

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
    """Lets benchmarks run their contestants right here."""
    monkeypatch.setattr(measure, "Worker", LocalWorker)
    for module in (tensorflow_contestants, loss_contestants, step_contestants):
        # The number of threads cannot be set any more once TensorFlow has begun.
        monkeypatch.setattr(module, "tensorflow", lambda: tf)
