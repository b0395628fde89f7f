"""Faults from outside while a program trains: signals, a full disk, no rights.

Where the program ends, it does so with one sentence and an exit code. Once the fault is
over, the same command must come to the same results as a run in peace, bit for bit.
"""

import contextlib
import functools
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

from tests.campaign import programs
from tests.campaign.kills import Peaceful, make_peaceful
from tests.campaign.run_equality import differences
from tests.campaign.session import Session

FAULTS = (
    "SIGTERM",
    "SIGINT",
    "pauses",
    "full disk",
    "file size",
    "read-only folder",
    "second process",
    "folder gone",
)
NOBODY = 65534
"""A user without rights, for programs that are tested by root."""
WORDS = 800


def run(session: Session) -> None:
    """Tries the faults in turn, on the programs in turn."""
    names = ("scribble", "full", "semi_supervised", "tag")
    peaceful = functools.cache(lambda name: make_peaceful(session, name))
    for case in session.cases():
        fault = FAULTS[case % len(FAULTS)]
        name = names[case // len(FAULTS) % len(names)]
        with session.scratch() as scratch:
            trial = Trial(session, name, peaceful(name), scratch)
            session.tried(fault)
            trial.do(fault)


class Trial:
    """One fault in one run of a program."""

    def __init__(
        self, session: Session, name: str, peaceful: Peaceful, scratch: pathlib.Path
    ):
        self.session, self.name, self.peaceful = session, name, peaceful
        self.scratch, self.folder = scratch, scratch / "run"
        self.words = scratch / "words.txt"
        self.random = session.random()

    def do(self, fault: str) -> None:
        """Brings about the fault, then lets the run come to its end."""
        if fault in ("SIGTERM", "SIGINT"):
            self.interrupt(getattr(signal, fault))
        elif fault == "pauses":
            self.pause()
        elif fault == "full disk":
            with small_disk(
                self.scratch / "disk", self.random.integers(20, 600)
            ) as disk:
                if disk is None:
                    self.session.tried("full disk left out, for want of rights")
                    return
                self.folder = disk / "run"
                self.expect_sentence(lambda: None)
                subprocess.run(
                    ["mount", "-o", "remount,size=64m", str(disk)], check=True
                )
                self.finish()
            return
        elif fault == "file size":
            most = int(self.random.integers(8, 60)) << 10
            self.expect_sentence(functools.partial(limit_file_size, most))
        elif fault == "read-only folder":
            self.read_only()
        elif fault == "second process":
            self.second_process()
        else:
            self.take_folder_away()
        self.finish()

    def launch(self, prepare: Callable[[], None] = lambda: None) -> programs.Running:
        """Starts the program."""
        return programs.launch(self.name, self.folder, self.words, prepare)

    def moment(self) -> float:
        """Returns seconds until a random moment of the run."""
        return float(self.random.uniform(0.2, 0.9) * self.peaceful.seconds)

    def interrupt(self, number: int) -> None:
        """Sends a signal that asks the program to end."""
        running = self.launch()
        if not running.ended(self.moment()):
            running.signal(number)
        code = running.end()
        allowed = (0, -number) if number == signal.SIGTERM else (0, 130)
        # While a module is imported or a graph is built, Python itself may answer.
        if code not in (*allowed, -signal.SIGINT):
            self.find(f"ended with {code}", running)

    def pause(self) -> None:
        """Stops and continues the program some times."""
        running = self.launch()
        for _ in range(4):
            if running.ended(self.moment() / 4):
                break
            running.signal(signal.SIGSTOP)
            time.sleep(float(self.random.uniform(0.05, 1.0)))
            running.signal(signal.SIGCONT)
        if (code := running.end()) != 0:
            self.find(f"ended with {code} after pauses", running)

    def expect_sentence(self, prepare: Callable[[], None]) -> None:
        """Runs with little room; the program has to end well, or with a sentence."""
        running = self.launch(prepare)
        self.check_sentence(running, running.end())

    def check_sentence(
        self, running: programs.Running, code: int | None, *, must_fail: bool = False
    ) -> None:
        """Checks that a program ended well, or in one line that says what is wrong."""
        text = running.text()
        lines = [line for line in text.splitlines() if line.startswith("error: ")]
        well = code == 0 and not must_fail
        if not well and (code not in (1, 2) or len(lines) != 1 or "Traceback" in text):
            self.find(f"ended with {code} and {len(lines)} sentences", running)
        self.session.tried("named" if lines else "ended well all the same")

    def read_only(self) -> None:
        """Runs without the right to write into the folder, as it was left."""
        first = self.launch()
        if not first.ended(self.moment()):
            first.signal(signal.SIGKILL)
        first.end()
        paths = [self.folder, *self.folder.rglob("*")] if self.folder.exists() else []
        for path in [self.scratch, *paths]:
            path.chmod(0o555 if path.is_dir() else 0o444)

        def drop_rights() -> None:
            if os.geteuid() == 0:
                os.setuid(NOBODY)

        running = programs.launch(
            self.name, self.folder, self.session.folder / "words.txt", drop_rights
        )
        # A run that had finished before it was killed may be reported all the same.
        self.check_sentence(running, running.end())
        for path in [self.scratch, *paths]:
            path.chmod(0o755 if path.is_dir() else 0o644)

    def second_process(self) -> None:
        """Starts a second process in the folder of the first."""
        first = self.launch()
        lock = self.folder / "phase1" / "lock"
        lock = lock if self.name != "tag" else self.folder / "classifier" / "lock"
        deadline = time.monotonic() + programs.LIMIT
        while not (lock.exists() and lock.stat().st_size) and not first.ended(0.01):
            if time.monotonic() > deadline:
                break
        # The first must not end meanwhile.
        first.signal(signal.SIGSTOP)
        second = programs.launch(self.name, self.folder, self.scratch / "second.txt")
        code = second.end()
        first.signal(signal.SIGCONT)
        text = second.text()
        if code != 2 or "Another process trains in" not in text or "Traceback" in text:
            self.find(f"a second process ended with {code}", second)
        if (code := first.end()) != 0:
            self.find(f"the first process ended with {code}", first)

    def take_folder_away(self) -> None:
        """Deletes the folder during the run."""
        running = self.launch()
        if not running.ended(self.moment()):
            shutil.rmtree(self.folder, ignore_errors=True)
        self.check_sentence(running, running.end())
        shutil.rmtree(self.folder, ignore_errors=True)

    def finish(self) -> None:
        """Gives the same command again, and compares the results."""
        running = self.launch()
        if (code := running.end()) != 0:
            self.find(f"ended with {code} once the fault was over", running)
            return
        self.session.tried("equal runs")
        if wrong := differences(self.peaceful.folder, self.folder):
            self.find("; ".join(wrong[:8]), running)

    def find(self, message: str, running: programs.Running) -> None:
        """Records a finding with the last words of a program."""
        fault = FAULTS[self.session.case % len(FAULTS)]
        words = running.text()[-WORDS:]
        self.session.find(f"{self.name}, {fault}: {message}: {words}")


def limit_file_size(most: int) -> None:
    """Lets every write beyond a size in bytes fail, in this process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextlib.contextmanager
def small_disk(path: pathlib.Path, kibibytes: int) -> Iterator[pathlib.Path | None]:
    """Lends a file system of a few kB; None where the rights for it are missing."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
