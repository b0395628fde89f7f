"""The programs that train, each with small images, a toy network and a few steps.

They run in forks of a process that has imported TensorFlow and not started it, by their
command line, so that one takes a second or two.
"""

import dataclasses
import importlib
import os
import pathlib
import resource
import signal
import sys
import time
from collections.abc import Callable

import h5py  # noqa: F401, slow to import
import keras  # noqa: F401

from tests.trainers import toys
from tests.trainers.deaths import start, wait
from tf_rloss import models

# Imported here, once, so that forks need not.
from trainers.methods import masks, reporting, scribbles, tags, unlabelled  # noqa: F401
from trainers.paper import comparison, reproduction, tuning  # noqa: F401
from trainers.trained import exporting  # noqa: F401

LIMIT = 240.0
"""Seconds that a program may take."""

_DATA = {
    "synthetic_images": 6,
    "synthetic_val_images": 2,
    "synthetic_size": 32,
    "batch_size": 2,
    "checkpoint_every": 1,
    "tensorboard": False,
}
_PHASES = {"phase1_epochs": 2, "phase2_epochs": 2}
PROGRAMS = {
    "scribble": _PHASES,
    "full": _PHASES | {"regularizer": "ncut"},
    "semi_supervised": _PHASES | {"labelled_images": 3},
    "tag": {"classifier_epochs": 2, "segmenter_epochs": 2},
    "tune": {
        "phase1_epochs": 1,
        "phase2_epochs": 1,
        "regularizer": "crf",
        "sigma_colors": "10,20",
        "held_out": 0.3,
    },
    "compare": {"phase1_epochs": 1, "phase2_epochs": 1, "methods": "pce,crf"},
    "reproduce": {"phase1_epochs": 1, "phase2_epochs": 1, "figure": "1"},
}
"""Program: its flags beside those of the data."""


@dataclasses.dataclass
class Running:
    """A program in a fork.

    Attributes:
        child: id of the process.
        words: file with what it prints.
    """

    child: int
    words: pathlib.Path
    _code: int | None = None

    def ended(self, within: float) -> bool:
        """Waits for the end for some seconds at most; returns whether it came."""
        deadline = time.monotonic() + within
        while self._code is None:
            child, status = os.waitpid(self.child, os.WNOHANG)
            if child:
                self._code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() >= deadline:
                return False
            else:
                time.sleep(0.01)
        return True

    def signal(self, number: int) -> None:
        """Sends a signal, if the process is still there."""
        if not self.ended(0):
            os.kill(self.child, number)

    def end(self) -> int | None:
        """The exit code, negative for a signal; None after LIMIT seconds, killed."""
        if self.ended(LIMIT):
            return self._code
        os.kill(self.child, signal.SIGCONT)
        os.kill(self.child, signal.SIGKILL)
        wait(self.child)
        return None

    def text(self) -> str:
        """What it has printed so far."""
        return self.words.read_text(errors="replace")


def launch(
    name: str,
    folder: pathlib.Path,
    words: pathlib.Path,
    prepare: Callable[[], None] = lambda: None,
    **flags: object,
) -> Running:
    """Starts a program.

    Args:
        name: key of `PROGRAMS`.
        folder: its --output_dir.
        words: file for what it prints.
        prepare: called in the new process first.
        **flags: further flags.
    """
    given = {"output_dir": folder} | _DATA | PROGRAMS[name] | flags
    arguments = [f"--{flag}={value}" for flag, value in given.items()]
    sys.stdout.flush()

    def act() -> None:
        with words.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        models.build = lambda name, k, **_: toys.build_segmenter(k)
        module = importlib.import_module(f"trainers.{name}")
        sys.argv = [name, *arguments]
        prepare()
        module.run()

    return Running(start(act), words)


def run(
    name: str,
    folder: pathlib.Path,
    words: pathlib.Path,
    prepare: Callable[[], None] = lambda: None,
    **flags: object,
) -> int | None:
    """Runs a program to its end; returns its exit code, or None if it hung."""
    return launch(name, folder, words, prepare, **flags).end()
