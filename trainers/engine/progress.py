"""Progress on the screen, for a run over its epochs and for work on many images."""

import shutil
import sys
import time
from collections.abc import Mapping
from typing import TextIO

BAR_WIDTH = 20
SECONDS_BETWEEN_UPDATES = 0.5


class Line:
    """A line of text that a terminal shows in the place of the one before it.

    Args:
        stream: stream to print on. Default: stdout.
    """

    def __init__(self, stream: TextIO | None):
        self._stream = stream or sys.stdout
        self._dynamic = self._stream.isatty()
        self._began, self._due, self._width = time.monotonic(), 0.0, 0

    @property
    def due(self) -> bool:
        """True when it is time to redraw; fetching the numbers costs a little."""
        return self._dynamic and time.monotonic() >= self._due

    def write(self, text: str, end: str = "") -> None:
        """Writes the line; without an `end` the next one replaces it."""
        if not end:
            self._due = time.monotonic() + SECONDS_BETWEEN_UPDATES
            if self._dynamic:  # A line that wraps cannot be redrawn.
                text = text[: shutil.get_terminal_size().columns - 1]
        padding = " " * max(self._width - len(text), 0)
        start = "\r" if self._width else ""
        self._stream.write(start + text + padding + end)
        self._stream.flush()
        self._width = 0 if end else len(text)


class Progress(Line):
    """Prints the state of a run.

    On a terminal a line with a bar is redrawn; elsewhere only whole epochs are
    printed.

    Args:
        epochs: number of epochs.
        steps_per_epoch: steps of an epoch.
        title: text before the epoch.
        stream: stream to print on. Default: stdout.
        done: steps that an earlier process has done.
    """

    def __init__(
        self,
        epochs: int,
        steps_per_epoch: int,
        title: str = "",
        stream: TextIO | None = None,
        done: int = 0,
    ):
        super().__init__(stream)
        self._epochs = epochs
        self._steps = steps_per_epoch
        self._title = f"{title}  " if title else ""
        self._begin = done / steps_per_epoch

    def update(self, epoch: int, step: int, terms: Mapping[str, float | None]) -> None:
        """Redraws the bar at `step` of `epoch` (counted from 1)."""
        filled = BAR_WIDTH * step // self._steps
        bar = "=" * filled + "." * (BAR_WIDTH - filled)
        left = self._time_left(epoch - 1 + step / self._steps)
        head = f"{self._head(epoch)} [{bar}] {step}/{self._steps}{left}"
        self.write(f"{head}  {format_terms(terms)}")

    def end_epoch(
        self, epoch: int, seconds: float, terms: Mapping[str, float | None]
    ) -> None:
        """Prints the line of a finished epoch."""
        head = f"{self._head(epoch)}  {seconds:5.1f} s{self._time_left(epoch)}"
        self.write(f"{head}  {format_terms(terms)}", "\n")

    def _time_left(self, position: float) -> str:
        """Returns the time to the end as text, at the pace of this process so far.

        Args:
            position: epochs that are done, a fraction of the present one included.
        """
        done, remaining = position - self._begin, self._epochs - position
        if done <= 0 or remaining <= 0:
            return ""
        seconds = (time.monotonic() - self._began) / done * remaining
        return f"  {format_time(seconds)} left"

    def _head(self, epoch: int) -> str:
        return f"{self._title}epoch {epoch:>{len(str(self._epochs))}}/{self._epochs}"


def format_terms(terms: Mapping[str, float | None]) -> str:
    """Returns `name value` pairs; a term that was not measured is left out."""
    return "  ".join(
        f"{name} {value:.4g}" if abs(value) < 0.1 else f"{name} {value:.3f}"
        for name, value in terms.items()
        if value is not None
    )


def format_time(seconds: float) -> str:
    """Returns a duration to two figures or so, such as 45 s, 12 min or 3 h 20 min."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


class ImageProgress(Line):
    """Prints how many images are done: a line that moves on a terminal, else none.

    Args:
        total: number of images.
        verb: word for the work on them, such as "evaluated".
        stream: stream to print on. Default: stdout.
    """

    def __init__(self, total: int, verb: str, stream: TextIO | None = None):
        super().__init__(stream)
        self._total = total
        self._verb = verb
        self._done = 0

    def advance(self) -> None:
        """Counts one image."""
        self._done += 1
        if self.due:
            seconds = time.monotonic() - self._began
            left = seconds / self._done * (self._total - self._done)
            text = f"{self._done}/{self._total} images {self._verb}"
            self.write(f"{text}, {format_time(left)} left")

    def finish(self) -> None:
        """Prints the number of images and the time they took."""
        seconds = time.monotonic() - self._began
        self.write(f"{self._done} images {self._verb} in {seconds:.1f} s", "\n")
