"""What a part of the campaign is given: its cases, random numbers, and a journal.

A part is a function of a `Session`. It runs in a process of its own, which writes each
case into the journal before it begins. So the parent knows the case at which a process
crashed or stopped to move.
"""

import collections
import contextlib
import dataclasses
import json
import pathlib
import shutil
import time
from collections.abc import Iterator

import numpy as np

JOURNAL = "journal.jsonl"


@dataclasses.dataclass
class Session:
    """The work of one part.

    Attributes:
        folder: folder of the part: journal, scratch folders, evidence of findings.
        seed: with the number of a case, all that its random numbers depend on.
        seconds: no case but the first begins after this time.
        first: number of the first case.
        most: number of cases; None for as many as the time allows.
        kills: kills to reach even if the time is over.
    """

    folder: pathlib.Path
    seed: int = 0
    seconds: float = 0.0
    first: int = 0
    most: int | None = None
    kills: int = 0
    case: int = -1

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._began = time.monotonic()
        self._found = False
        self._counts: collections.Counter[str] = collections.Counter()

    def cases(self) -> Iterator[int]:
        """Yields the numbers of the cases to run."""
        done = 0
        while done != self.most:
            over = done and time.monotonic() - self._began >= self.seconds
            if self.most is None and over and self._counts["kills"] >= self.kills:
                return
            self.case = self.first + done
            self._write(case=self.case)
            yield self.case
            done += 1

    def random(self, salt: int = 0) -> np.random.Generator:
        """Returns the random numbers of the case."""
        return np.random.default_rng([self.seed, self.case, salt])

    def tried(self, kind: str, number: float = 1) -> None:
        """Counts something that was tried."""
        self._counts[kind] += number
        self._write(tried=kind, number=number)

    def alive(self) -> None:
        """Tells that a long case still moves."""
        self._write(alive=time.monotonic())

    def find(self, message: str) -> None:
        """Records a finding in the case; its scratch folder is kept."""
        self._found = True
        self._write(finding=message, of_case=self.case)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[pathlib.Path]:
        """Lends a folder, which stays only if something was found meanwhile."""
        path = self.folder / f"case{self.case}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        self._found = False
        yield path
        if not self._found:
            shutil.rmtree(path, ignore_errors=True)

    def _write(self, **record: object) -> None:
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


@dataclasses.dataclass
class Outcome:
    """The content of a part's journal."""

    cases: int = 0
    last_case: int = -1
    tried: dict[str, float] = dataclasses.field(default_factory=dict)
    findings: list[tuple[int, str]] = dataclasses.field(default_factory=list)


def read_journal(folder: pathlib.Path) -> Outcome:
    """Adds up the journal of a part; a last line that is not whole is left out."""
    outcome = Outcome()
    path = folder / JOURNAL
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        record = json.loads(line)
        if "case" in record:
            outcome.cases += 1
            outcome.last_case = record["case"]
        elif "tried" in record:
            kind = record["tried"]
            outcome.tried[kind] = outcome.tried.get(kind, 0) + record["number"]
        elif "finding" in record:
            outcome.findings.append((record["of_case"], record["finding"]))
    return outcome
