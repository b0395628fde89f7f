"""Runs a part in a child process, and finds crashes and hangs of that process."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from tests.campaign.parts import PARTS
from tests.campaign.session import JOURNAL, Outcome, Session, read_journal

CHILD = [sys.executable, "-m", "tests.campaign.child"]
"""The command of a child, before the name of the part."""
ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_RESTARTS = 5
"""Crashes and hangs after which a part is given up."""
POLL = 0.2
"""Seconds between two looks at a child."""
SHOWN = 1500
"""Characters of a child's last words in a finding."""


def run_part(
    name: str, folder: pathlib.Path, *, seed: int, seconds: float, **counts: int | None
) -> Outcome:
    """Runs a part until its time or its cases are over.

    After a crash or a hang a new process goes on with the next case.

    Args:
        name: key of `PARTS`.
        folder: folder of the part, empty.
        seed: seed of the campaign.
        seconds: time for the part.
        **counts: `first`, `most` and `kills` of `Session`.

    Returns:
        What was tried and found.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    first, most = counts.get("first") or 0, counts.get("most")
    kills = counts.get("kills") or 0
    for _ in range(MOST_RESTARTS):
        before = read_journal(folder)
        done = before.cases
        settings = {
            "seed": seed,
            "seconds": max(0.0, end - time.monotonic()),
            "first": first + done,
            "most": None if most is None else most - done,
            "kills": max(0, kills - before.tried.get("kills", 0)),
        }
        message = _run_child(name, folder, settings)
        if message is None:
            break
        case = max(read_journal(folder).last_case, first + done)
        Session(folder, case=case).find(message)
        if read_journal(folder).cases == done:  # It would end before its first case
            break  # again.
    return read_journal(folder)


def _run_child(name: str, folder: pathlib.Path, settings: dict) -> str | None:
    """Runs a child to its end; returns how it went wrong, or None."""
    words = folder / "output.txt"
    command = [*CHILD, name, str(folder), json.dumps(settings)]
    with words.open("a") as file:
        child = subprocess.Popen(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    try:
        hung = _wait(child, folder / JOURNAL, PARTS[name].limit)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if hung:
        return f"nothing moved for {PARTS[name].limit:g} s"
    if child.returncode:
        ended = f"exit code {child.returncode}"
        if child.returncode < 0:
            ended = f"signal {signal.Signals(-child.returncode).name}"
        return f"the process ended with {ended}: {words.read_text()[-SHOWN:].strip()}"
    return None


def _wait(child: subprocess.Popen, journal: pathlib.Path, limit: float) -> bool:
    """Waits for the end of a child; returns whether its journal stopped to grow."""
    size, since = -1, time.monotonic()
    while child.poll() is None:
        now = journal.stat().st_size if journal.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        if time.monotonic() - since > limit:
            return True
        time.sleep(POLL)
    return False
