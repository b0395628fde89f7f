"""What one sees while images are worked through one by one."""

import sys
import time
from typing import TextIO

SECONDS_BETWEEN_UPDATES = 0.5


class ImageProgress:
    """Prints how many images are done: a line that moves on a terminal, else none.

    Args:
        total: number of images.
        verb: what happens to them, "evaluated" for instance.
        stream: where to print. Default: stdout.
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
