"""An experiment while it runs: its labs, their scores, and where results go."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tf_rloss import visualization

from .grid import Grid, Scores
from .lab import Lab
from .systems import System


class Study:
    """The labs of an experiment, one for each network and seed.

    Args:
        labs: network -> its labs, one for each seed.
        folder: where tables and pictures go.
    """

    def __init__(self, labs: Mapping[str, Sequence[Lab]], folder: pathlib.Path):
        self.labs, self.folder = labs, folder

    @property
    def networks(self) -> list[str]:
        return list(self.labs)

    @property
    def first(self) -> Lab:
        """The first network with the first seed, whose pictures are shown."""
        return next(iter(self.labs.values()))[0]

    def train(
        self, systems: Sequence[System], after_each: Callable[[], None] = lambda: None
    ) -> None:
        """Trains what is missing, seed by seed.

        Args:
            systems: what to train.
            after_each: called after each training.
        """
        jobs = [
            (lab, system)
            for labs in self.labs.values()
            for lab in labs
            for system in plan(systems)
        ]
        for number, (lab, system) in enumerate(jobs, 1):
            lab.train(system, f"[{number}/{len(jobs)}]")
            after_each()

    def scores(self, network: str, system: System) -> Scores:
        """mIoU in % of each seed, on the validation images."""
        return {lab.seed: lab.score(system) for lab in self.labs[network]}

    def write(self, name: str, grid: Grid, ylabel: str = "") -> None:
        """Writes NAME.md and NAME.csv; NAME.png, too, where `ylabel` says of what."""
        texts = {f"{name}.md": grid.markdown(), f"{name}.csv": grid.csv()}
        for file, text in texts.items():
            with visualization.atomic_file(self.folder / file) as temporary:
                temporary.write_text(text, encoding="utf-8")
        if ylabel:
            rows = {
                title: [list(cell.values()) if cell else None for cell in cells]
                for title, cells in grid.ours.items()
            }
            picture = self.folder / f"{name}.png"
            visualization.bars_picture(grid.columns, rows, picture, ylabel=ylabel)
        print()
        print(grid.markdown())


def plan(systems: Sequence[System]) -> list[System]:
    """The systems, each after those that it starts from, and each once."""
    found: dict[str, System] = {}
    for system in systems:
        line = [system]
        while line[-1].after is not None:
            line.append(line[-1].after)
        for each in reversed(line):
            found.setdefault(each.key, each)
    return list(found.values())


@dataclass(frozen=True)
class Experiment:
    """A table or figure of the paper.

    Attributes:
        title: what it shows.
        systems: what has to be trained for it.
        report: writes its table and pictures.
    """

    title: str
    systems: Sequence[System]
    report: Callable[[Study], None]
