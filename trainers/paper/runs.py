"""Runs as data: each is a command that a user could type.

A table or figure of the paper is a list of `Run`s. `Bench.flags` fills in the flags
that the user gave, the network and the folders; `command` returns the line to type.
"""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One command.

    Attributes:
        key: name of its folder, below that of the network and the seed.
        program: the program in `trainers`, such as "scribble".
        flags: flag -> value, in addition to the flags that the user gave.
        init_from: the run whose weights it starts from.
        uses: flag -> another run and the file in its folder that the flag names; ""
            stands for the folder itself.
        goes_on: whether it only repeats the losses of `init_from`, so that all methods
            take the same number of steps. Published trainings leave it out.
    """

    key: str
    program: str
    flags: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    init_from: "Run | None" = None
    uses: "Mapping[str, tuple[Run, str]]" = dataclasses.field(default_factory=dict)
    goes_on: bool = False

    @property
    def needs(self) -> "list[Run]":
        """The runs that have to be done before this one."""
        used = [run for run, _ in self.uses.values()]
        return [self.init_from, *used] if self.init_from is not None else used


def in_order(runs: Sequence[Run]) -> list[Run]:
    """Returns the runs and all that they need, each once and after what it needs."""
    found: dict[str, Run] = {}

    def add(run: Run) -> None:
        for needed in run.needs:
            add(needed)
        found.setdefault(run.key, run)

    for run in runs:
        add(run)
    return list(found.values())


def command(program: str, flags: Mapping[str, Any]) -> str:
    """Returns the line that runs a program with flags, for a shell."""
    return f"python -m trainers.{program} {flags_text(flags)}".rstrip()


def flags_text(flags: Mapping[str, Any]) -> str:
    """Returns flags as a shell takes them."""
    return shlex.join(_argument(name, value) for name, value in flags.items())


def _argument(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no{name}"
    if value is None:
        return f"--{name}=none"
    if isinstance(value, tuple | list):
        return f"--{name}={','.join(map(str, value))}"
    return f"--{name}={value}"
