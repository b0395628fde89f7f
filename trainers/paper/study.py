"""Experiments: their setting, their runs on benches, and their results."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence

from tf_rloss import visualization
from tf_rloss.files import write_text

from ..datasets.options import VOC
from ..engine.run import Result
from ..options import Given
from .bench import Bench
from .grid import Grid, Scores
from .runs import Run, command, flags_text


@dataclasses.dataclass(frozen=True)
class Setting:
    """The setting of an experiment, on which its runs depend.

    Attributes:
        given: flag -> value, for the flags that the user gave.
        chosen: name of a regularizer -> flags that were chosen for the images.
            NAME_clicks has those for clicks in place of scribbles.
        quick: whether plots have only a few points.
    """

    given: Given
    chosen: Mapping[str, Mapping[str, float]]
    quick: bool = False

    @property
    def on_voc(self) -> bool:
        """True if the images are the paper's, PASCAL VOC's."""
        return self.given.get("dataset") == VOC

    def chosen_for(self, name: str) -> dict[str, float]:
        """Returns the flags chosen for a regularizer, without those the user gave."""
        flags = self.chosen.get(name, {})
        return {flag: v for flag, v in flags.items() if flag not in self.given}


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A table or figure of the paper.

    Attributes:
        runs: function from the setting to the trainings.
        report: function that writes the table and the pictures of a study.
        with_crf: function from the setting to the trainings that are also scored with
            post-processing.
        networks: the paper's networks, by the name of their published training.
    """

    runs: Callable[[Setting], Sequence[Run]]
    report: "Callable[[Study], None]"
    with_crf: Callable[[Setting], Sequence[Run]] = lambda setting: ()
    networks: tuple[str, ...] = ("deeplab_vgg16",)


class Study:
    """An experiment at work: its benches, one for each network and seed.

    Args:
        benches: network -> its benches, one for each seed.
        folder: folder of tables and pictures.
        setting: the setting of the experiment.
    """

    def __init__(
        self,
        benches: Mapping[str, Sequence[Bench]],
        folder: pathlib.Path,
        setting: Setting,
    ):
        self.benches, self.folder, self.setting = benches, folder, setting
        self._runs: dict[str, Run] = {}

    @property
    def networks(self) -> list[str]:
        """Names of the networks."""
        return list(self.benches)

    @property
    def first_network(self) -> Sequence[Bench]:
        """The benches of the first network, one for each seed."""
        return next(iter(self.benches.values()))

    @property
    def first(self) -> Bench:
        """The first network with the first seed, whose pictures are shown."""
        return self.first_network[0]

    def plan(
        self, runs: Sequence[Run], with_crf: Sequence[Run] = ()
    ) -> list[tuple[Bench, Run]]:
        """Returns every run of every network and seed with its bench, in order.

        Args:
            runs: trainings.
            with_crf: trainings that are scored with post-processing, too.
        """
        jobs = []
        for benches in self.benches.values():
            for bench in benches:
                scores = [bench.with_crf(run) for run in with_crf]
                jobs += bench.runs([*runs, *scores])
        return jobs

    def do(
        self,
        jobs: Sequence[tuple[Bench, Run]],
        after_each: Callable[[], None] = lambda: None,
    ) -> None:
        """Does all runs that are missing.

        Args:
            jobs: benches and runs, from `plan`.
            after_each: function to call after each run.
        """
        for number, (bench, run) in enumerate(jobs, 1):
            print(f"[{number}/{len(jobs)}] seed {bench.seed} {run.key}")
            self._runs[run.key] = run
            result = bench.do(run)
            after_each()
            if isinstance(result, Result):
                picture = result.last.parent / "pictures" / "predictions.png"
                if picture.is_file():
                    print(f"Picture: {picture}")

    def scores(
        self, run: Run, network: str | None = None, *, crf: bool = False
    ) -> Scores:
        """Returns mIoU in % of each seed on the validation images.

        Args:
            run: a training.
            network: name of the network; None: the first.
            crf: whether a dense CRF refines the predictions.
        """
        benches = self.first_network if network is None else self.benches[network]
        return {bench.seed: bench.score(run, crf=crf) for bench in benches}

    def metric(self, run: Run, name: str, network: str) -> Scores:
        """Returns a number of an evaluation in % for each seed.

        Args:
            run: an evaluation that is done.
            name: name of the number in metrics.json.
            network: name of the network.
        """
        return {b.seed: 100.0 * b.do(run)[name] for b in self.benches[network]}

    def proposals(self, run: Run, network: str) -> Scores | None:
        """Returns the mIoU in % of the proposals that a training learned from."""
        found = {b.seed: b.proposal_score(run) for b in self.benches[network]}
        return {seed: score for seed, score in found.items() if score} or None

    def settings(self) -> str:
        """Returns the flags that all runs share, and those of each run done so far."""
        shared = {n: v for n, v in self.setting.given.items() if n != "output_dir"}
        lines = [f"Flags of all runs, where they have them: `{flags_text(shared)}`."]
        lines += ["Those of each run; other flags have their defaults:", ""]
        for key, run in self._runs.items():
            start = f", from {run.init_from.key}" if run.init_from else ""
            lines.append(f"- {key}: `{command(run.program, run.flags)}`{start}")
        return "\n".join(lines)

    def write(self, name: str, grid: Grid, ylabel: str = "") -> None:
        """Writes NAME.md and NAME.csv, and NAME.png where `ylabel` names the axis."""
        grid = dataclasses.replace(grid, notes=[*grid.notes, self.settings()])
        write_text(self.folder / f"{name}.md", grid.markdown())
        write_text(self.folder / f"{name}.csv", grid.csv())
        if ylabel:
            rows = {
                title: [list(cell.values()) if cell else None for cell in cells]
                for title, cells in grid.ours.items()
            }
            picture = self.folder / f"{name}.png"
            visualization.bars_picture(grid.columns, rows, picture, ylabel=ylabel)
        print()
        print(grid.markdown())
