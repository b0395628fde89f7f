"""Kills of every program that trains, until the same command has come to its end.

A process is killed from outside at a random moment, or kills itself while it writes.
After each kill the same command goes on. The results must then equal those of a run in
peace, bit for bit.
"""

import dataclasses
import functools
import pathlib
import signal
import time

from tests.campaign import programs
from tests.campaign.run_equality import differences
from tests.campaign.session import Session
from tests.trainers.deaths import MOMENTS, arrange_death

MOST_KILLS = 4
"""Kills of one run; then it is left in peace."""
WORDS = 800
"""Characters of a program's last words in a finding."""


@dataclasses.dataclass
class Peaceful:
    """A run that nobody disturbed: its folder and its seconds."""

    folder: pathlib.Path
    seconds: float


def run(session: Session) -> None:
    """Kills the programs in turn."""
    names = list(programs.PROGRAMS)
    peaceful = functools.cache(lambda name: make_peaceful(session, name))
    for case in session.cases():
        name = names[case % len(names)]
        with session.scratch() as folder:
            kill_and_resume(session, name, peaceful(name), folder)


def make_peaceful(session: Session, name: str) -> Peaceful:
    """Runs a program in peace, once for all cases."""
    folder = session.folder / "peaceful" / name
    words, seconds = (session.folder / f"{name}.{end}" for end in ("txt", "seconds"))
    if not seconds.exists():
        began = time.monotonic()
        code = programs.run(name, folder, words)
        if code != 0:
            text = words.read_text()[-WORDS:]
            session.find(f"{name} alone ended with {code}: {text}")
        seconds.write_text(str(time.monotonic() - began))
    return Peaceful(folder, float(seconds.read_text()))


def kill_and_resume(
    session: Session, name: str, peaceful: Peaceful, scratch: pathlib.Path
) -> None:
    """Runs a program with some kills, and compares the results."""
    random = session.random()
    folder, words = scratch / "run", scratch / "words.txt"
    for number in range(MOST_KILLS + 1):
        left = number == MOST_KILLS
        if left or random.random() < 0.5:
            moment, place = ("peace" if left else "time"), 0
        else:
            moment, place = str(random.choice(MOMENTS)), int(random.integers(1, 9))
        running = programs.launch(
            name, folder, words, functools.partial(arrange_death, moment, place)
        )
        delay = float(random.uniform(0, peaceful.seconds))
        if moment == "time" and not running.ended(delay):
            running.signal(signal.SIGKILL)
        code = running.end()
        if code == -signal.SIGKILL:
            session.tried("kills")
            session.tried(f"kills of {name}")
        elif code == 0:
            break
        else:
            session.find(
                f"{name} ended with {code} after {number} kills, the last at {moment} "
                f"{place}: {running.text()[-WORDS:]}"
            )
            return
    session.tried("equal runs")
    if wrong := differences(peaceful.folder, folder):
        session.find(f"{name}: {'; '.join(wrong[:8])}")
