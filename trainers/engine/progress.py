"""Progress on the screen, for a run over its epochs and for work on many images."""

import shutil
import sys
import time
from collections.abc import Mapping
from typing import TextIO

BAR_WIDTH = 20
SECONDS_BETWEEN_UPDATES = 0.5


class Progress:
    """Prints the state of a run.

    On a terminal a line with a bar is redrawn; elsewhere only whole epochs are
    printed.

    Args:
        epochs: number of epochs.
        steps_per_epoch: steps of an epoch.
        title: text before the epoch.
        stream: stream to print on. Default: stdout.
    """

    def __init__(
        self,
        epochs: int,
        steps_per_epoch: int,
        title: str = "",
        stream: TextIO | None = None,
    ):
        self._epochs = epochs
        self._steps = steps_per_epoch
        self._title = f"{title}  " if title else ""
        self._stream = stream or sys.stdout
        self._dynamic = self._stream.isatty()
        self._due = 0.0
        self._width = 0

    @property
    def due(self) -> bool:
        """True when it is time to redraw; fetching the numbers costs a little."""
        return self._dynamic and time.monotonic() >= self._due

    def update(self, epoch: int, step: int, terms: Mapping[str, float | None]) -> None:
        """Redraws the bar at `step` of `epoch` (counted from 1)."""
        self._due = time.monotonic() + SECONDS_BETWEEN_UPDATES
        filled = BAR_WIDTH * step // self._steps
        bar = "=" * filled + "." * (BAR_WIDTH - filled)
        self._print(f"{self._head(epoch)} [{bar}] {step}/{self._steps}", terms, "\r")

    def end_epoch(
        self, epoch: int, seconds: float, terms: Mapping[str, float | None]
    ) -> None:
        """Prints the line of a finished epoch."""
        self._print(f"{self._head(epoch)}  {seconds:5.1f} s", terms, "\n")

    def _head(self, epoch: int) -> str:
        return f"{self._title}epoch {epoch:>{len(str(self._epochs))}}/{self._epochs}"

    def _print(self, head: str, terms: Mapping[str, float | None], end: str) -> None:
        text = f"{head}  {format_terms(terms)}"
        if self._dynamic and end == "\r":
            # A line that wraps cannot be redrawn.
            text = text[: shutil.get_terminal_size().columns - 1]
        padding = " " * max(self._width - len(text), 0)
        start = "\r" if self._width else ""
        self._stream.write(start + text + padding + (end if end != "\r" else ""))
        self._stream.flush()
        self._width = len(text) if end == "\r" else 0


def format_terms(terms: Mapping[str, float | None]) -> str:
    """Returns `name value` pairs; a term that was not measured is left out."""
    return "  ".join(
        f"{name} {value:.4g}" if abs(value) < 0.1 else f"{name} {value:.3f}"
        for name, value in terms.items()
        if value is not None
    )


class ImageProgress:
    """Prints how many images are done: a line that moves on a terminal, else none.

    Args:
        total: number of images.
        verb: word for the work on them, such as "evaluated".
        stream: stream to print on. Default: stdout.
    """

    def __init__(self, total: int, verb: str, stream: TextIO | None = None):
        self._total = total
        self._verb = verb
        self._stream = stream or sys.stdout
        self._dynamic = self._stream.isatty()
        self._began = time.monotonic()
        self._due = 0.0
        self._done = 0

    def advance(self) -> None:
        """Counts one image."""
        self._done += 1
        now = time.monotonic()
        if self._dynamic and now >= self._due:
            self._due = now + SECONDS_BETWEEN_UPDATES
            self._stream.write(f"\r{self._done}/{self._total} images {self._verb}")
            self._stream.flush()

    def finish(self) -> None:
        """Prints the number of images and the time they took."""
        seconds = time.monotonic() - self._began
        start = "\r" if self._dynamic else ""
        self._stream.write(
            f"{start}{self._done} images {self._verb} in {seconds:.1f} s\n"
        )
        self._stream.flush()
