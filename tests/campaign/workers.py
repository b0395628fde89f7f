"""Two and four workers on this machine, of which one dies or pauses.

After the death of one the others must end with a sentence, not wait for ever. Then the
same commands, given again, must come to the results of workers that nobody disturbed.
"""

import contextlib
import functools
import json
import os
import pathlib
import signal
import socket
import time

import numpy as np

from tests.campaign import programs
from tests.campaign.run_equality import weights_of
from tests.campaign.session import Session

COUNTS = (2, 2, 4)
FLAGS = {"batch_size": 4, "phase1_epochs": 3, "phase2_epochs": 2}
SURVIVE = 180.0
"""Seconds in which workers notice that another one has died."""
WORDS = 600
# The sums of the workers are added in the order in which they come.
TOLERANCE = 1e-4


def run(session: Session) -> None:
    """Disturbs groups of workers."""
    peaceful = functools.cache(lambda count: make_peaceful(session, count))
    for case in session.cases():
        random = session.random()
        count = COUNTS[case % len(COUNTS)]
        expected, seconds = peaceful(count)
        with session.scratch() as scratch:
            group = Group(scratch, count)
            place = int(random.integers(count))
            victim = group.members[place]
            moment = float(random.uniform(0.1, 0.9)) * seconds
            if case % 2:
                session.tried("pauses")
                pause(victim, moment, float(random.uniform(0.2, 3.0)))
                if (codes := group.ends(programs.LIMIT)) != [0] * count:
                    session.find(f"after a pause: {codes}: {group.words()}")
            else:
                session.tried("deaths")
                if not victim.ended(moment):
                    victim.signal(signal.SIGKILL)
                check_survivors(session, group, place)
                if (codes := Group(scratch, count).ends(programs.LIMIT)) != [0] * count:
                    session.find(f"given again: {codes}: {group.words()}")
            compare(session, expected, scratch / "run")


class Group:
    """Workers that train together."""

    def __init__(self, scratch: pathlib.Path, count: int):
        workers = [f"localhost:{port}" for port in free_ports(count)]

        def prepare(index: int) -> None:
            task = {"type": "worker", "index": index}
            config = {"cluster": {"worker": workers}, "task": task}
            os.environ["TF_CONFIG"] = json.dumps(config)

        self.members = [
            programs.launch(
                "scribble",
                scratch / "run",
                scratch / f"words{index}.txt",
                functools.partial(prepare, index),
                **FLAGS,
            )
            for index in range(count)
        ]

    def ends(self, within: float) -> list[int | None]:
        """Exit codes of all; None for those that did not end, which are killed."""
        deadline = time.monotonic() + within
        codes = []
        for member in self.members:
            if not member.ended(max(0.0, deadline - time.monotonic())):
                member.signal(signal.SIGKILL)
                member.end()
                codes.append(None)
            else:
                codes.append(member.end())
        return codes

    def words(self) -> str:
        """The last words of all."""
        return " | ".join(member.text()[-WORDS:] for member in self.members)


def free_ports(count: int) -> list[int]:
    """Returns ports that nobody uses now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]


def make_peaceful(session: Session, count: int) -> tuple[pathlib.Path, float]:
    """Trains with workers that nobody disturbs; returns folder and seconds."""
    scratch = session.folder / f"peaceful{count}"
    scratch.mkdir(exist_ok=True)
    began = time.monotonic()
    group = Group(scratch, count)
    if (codes := group.ends(programs.LIMIT)) != [0] * count:
        session.find(f"{count} workers alone: {codes}: {group.words()}")
    return scratch / "run", time.monotonic() - began


def pause(victim: programs.Running, moment: float, seconds: float) -> None:
    """Stops a worker for some seconds."""
    if not victim.ended(moment):
        victim.signal(signal.SIGSTOP)
        time.sleep(seconds)
        victim.signal(signal.SIGCONT)


def check_survivors(session: Session, group: Group, dead: int) -> None:
    """Checks that the others end in time, each with one sentence."""
    codes = group.ends(SURVIVE)
    for index, (member, code) in enumerate(zip(group.members, codes, strict=True)):
        if index == dead or code == 0:
            continue
        text = member.text()
        lines = [line for line in text.splitlines() if line.startswith("error: ")]
        if code not in (1, 2) or len(lines) != 1 or "Traceback" in text:
            words = text[-WORDS:]
            session.find(f"worker {index} ended with {code} after a death: {words}")
        else:
            session.tried("named")


def compare(session: Session, expected: pathlib.Path, found: pathlib.Path) -> None:
    """Compares the last weights of two runs."""
    if not (found / "last.keras").exists():
        session.find("there are no weights")
        return
    session.tried("compared runs")
    one, other = weights_of(expected / "last.keras"), weights_of(found / "last.keras")
    if one == other:
        session.tried("equal runs")
        return
    for name, content in one.items():
        pair = [np.frombuffer(bits, np.float32) for bits in (content, other[name])]
        if not np.allclose(*pair, atol=TOLERANCE):
            session.find(f"the weights {name} differ")
            return
