"""A lock on the folder of a run, so that two processes never write the same run."""

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import socket
import time
from collections.abc import Iterator
from typing import IO

from ..errors import UserError

FILE = "lock"


@contextlib.contextmanager
def locked(folder: pathlib.Path) -> Iterator[None]:
    """Holds the lock of a run's folder while the block runs.

    The system frees the lock of a process that has died, also of one that was killed.
    Network file systems pass the lock on to their server; where they cannot, a notice
    says so and the block runs without a lock.

    Args:
        folder: folder of the run; made when missing.

    Raises:
        UserError: if another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise UserError(
                    f"Another process trains in {folder}{_holder(file)}. Wait for its "
                    "end, stop it, or choose another --output_dir."
                ) from error
            print(
                f"{folder} cannot be locked ({error.strerror}): make sure that no "
                "other process trains in it."
            )
            yield
            return
        file.truncate(0)
        file.write(
            json.dumps(
                {
                    "process": os.getpid(),
                    "host": socket.gethostname(),
                    "since": time.strftime("%Y-%m-%d %H:%M:%S"),
                }
            )
        )
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    """Returns a text that names the process that holds the lock, or nothing."""
    try:
        file.seek(0)
        holder = json.loads(file.read(1000))
        return (
            f": process {int(holder['process'])} on {holder['host']!s:.80} since "
            f"{holder['since']!s:.19}"
        )
    except (ValueError, KeyError, TypeError):
        return ""
