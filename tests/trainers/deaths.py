"""Children that are forked to be killed, and the moments at which they kill themselves.

The parent imports TensorFlow but never starts it, so that every child is a cheap fork
of it in which everything is still to be started.
"""

import os
import pathlib
import signal
import sys
import traceback

import tensorflow as tf

MOMENTS = ("replace", "replaced", "torn", "written")
"""Before and after a file gets its name; in the middle of a checkpoint and after it."""


def die() -> None:
    """Kills this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def arrange_death(moment: str, number: int, act=die) -> None:
    """Lets this process be killed at the `number`-th event of a kind.

    Args:
        moment: one of `MOMENTS`, or another text for no death.
        number: 1 for the first event.
        act: what is done in place of dying.
    """
    remaining = [number]

    def count() -> bool:
        remaining[0] -= 1
        return remaining[0] == 0

    replace, write = os.replace, tf.train.Checkpoint._write

    def replace_or_die(source, target):
        if moment == "replace" and count():
            act()
        replace(source, target)
        if moment == "replaced" and count():
            act()

    def write_or_die(self, prefix, options=None):
        if moment == "torn" and count():
            pathlib.Path(prefix).parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".index", ".data-00000-of-00001"):
                pathlib.Path(prefix + suffix).write_bytes(b"half of a checkp")
            act()
        path = write(self, prefix, options)
        if moment == "written" and count():
            act()
        return path

    os.replace, tf.train.Checkpoint._write = replace_or_die, write_or_die


def start(action, *args: object) -> int:
    """Runs `action` in a forked child and returns its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action(*args)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait(child: int) -> int:
    """The exit code of a child, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
