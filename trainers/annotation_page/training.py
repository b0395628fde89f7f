"""The training that the page starts, watches and stops: a process of its own."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from .folder import Folder
from .predictions import Predictions
from .rounds import Round, next_round

NICENESS = 10
"""The training leaves the processor to whoever draws."""
PATIENCE = 10.0
"""Seconds that a training has to end before it is killed; it can still be resumed."""
REFRESH = 20.0
"""Seconds between two looks for a newer network of a training that is running."""
_TAIL = 4096  # bytes of the log that are looked at
_EPOCH = re.compile(r"(?:(phase\d)\s+)?epoch\s+(\d+)/(\d+)\s+(.*)")
_PACKAGE = __name__.split(".")[0]
"""`trainers` in a checkout, `tf_rloss_trainers` where it is installed."""


class Training:
    """At most one training at a time.

    Args:
        folder: the photographs and strokes.
        predictions: the network to begin with, and who uses the new one.
        output_dir: folder of the rounds.
        flags: further flags of trainers.scribble.
    """

    def __init__(
        self,
        folder: Folder,
        predictions: Predictions,
        output_dir: pathlib.Path,
        flags: Sequence[str],
    ):
        self._folder, self._predictions = folder, predictions
        self._output_dir, self._flags = output_dir.resolve(), flags
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._round: Round | None = None
        self._stopped = False
        self._fault = ""

    def start(self) -> None:
        """Starts or resumes a training, unless one is running.

        Raises:
            UserError: if there is nothing to train on.
        """
        with self._lock:
            if self._running:
                return
            self._round, flags = next_round(
                self._output_dir, self._folder, self._predictions.trained, self._flags
            )
            self._fault, self._stopped = "", False
            command = [sys.executable, "-m", f"{_PACKAGE}.scribble", *flags]
            with self._round.log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # An interrupt of the terminal is for the page, which then stops it.
                    start_new_session=True,
                    env=_environment(),
                )
            with contextlib.suppress(OSError):  # It may have ended already.
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
            watcher = threading.Thread(
                target=self._watch, args=(self._process, self._round), daemon=True
            )
            watcher.start()

    def stop(self) -> None:
        """Ends the training; what it has learned until its last epoch is kept."""
        with self._lock:
            process, self._stopped = self._process, True
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def state(self) -> dict[str, Any]:
        """Returns what the page shows of the training.

        Returns:
            `running`, `stopped`, `fault` (why it failed, or ""), `phase`, `epoch`,
            `epochs`, `loss` and `left`, the time to its end as text; the last five are
            None where they are not known.
        """
        with self._lock:
            found, running = self._round, self._running
            known = {"running": running, "stopped": self._stopped, "fault": self._fault}
        return known | read_progress(_tail(found.log) if found else "")

    @property
    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _watch(self, process: subprocess.Popen, found: Round) -> None:
        """Waits for the end of a training, and passes its newest network on."""
        code, shown = None, None
        while code is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(REFRESH)
            network = found.network
            version = network and (network, network.stat().st_mtime_ns)
            if version not in (None, shown):
                shown = version
                self._predictions.load_soon(network)
        with self._lock:
            if code != 0 and not self._stopped:
                self._fault = _reason(_tail(found.log), code)


def read_progress(log: str) -> dict[str, Any]:
    """Returns phase, epoch, epochs, loss and time left from what a training printed."""
    names = ("phase", "epoch", "epochs", "loss", "left")
    lines = [_EPOCH.search(line) for line in re.split(r"[\r\n]+", log)]
    last = next(filter(None, reversed(lines)), None)
    if last is None:
        return dict.fromkeys(names)
    phase, epoch, epochs, rest = last.groups()
    loss = re.search(r"\bloss (\S+)", rest)
    left = re.search(r"(\d+ (?:s|min|h \d+ min)) left", rest)
    return {
        "phase": phase,
        "epoch": int(epoch),
        "epochs": int(epochs),
        "loss": loss and loss[1],
        "left": left and left[1],
    }


def _tail(log: pathlib.Path) -> str:
    """Returns the end of a log."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        return file.read().decode("utf-8", errors="replace")
    return ""


def _reason(log: str, code: int) -> str:
    """Returns why a training ended, in the words that it printed."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for index, line in enumerate(lines):
        if line.startswith("error: "):
            return "\n".join([line.removeprefix("error: "), *lines[index + 1 :]])
    last = f" It said: {lines[-1]}" if lines else ""
    return f"The training ended with exit code {code}.{last}"


def _environment() -> dict[str, str]:
    """Returns variables with which a process finds this package."""
    folder = pathlib.Path(sys.modules[_PACKAGE].__file__).resolve().parents[1]
    paths = filter(None, (str(folder), os.environ.get("PYTHONPATH")))
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
