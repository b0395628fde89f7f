"""Benches, on which an experiment's runs are done: one network, seed and folder."""

import json
import math
import pathlib
from typing import Any

from tf_rloss.layers import PUBLISHED_CRFS

from .. import defaults
from ..datasets.options import SYNTHETIC, DataOptions
from ..datasets.sources import holds_out
from ..engine.devices import make_strategy
from ..engine.run import Result
from ..methods.proposals import FILE as PROPOSALS
from ..methods.published import PUBLISHED, PUBLISHED_TAGS, Published
from ..options import Given, build
from .programs import PROGRAMS
from .runs import Run, command, in_order

EVALUATE = "evaluate"
USUAL_CRF = "deeplab_resnet101"
"""Settings of post-processing for networks that have none of their own."""


class Bench:
    """One network and one seed: does runs, or finds those done before.

    A run is done by the function of its program, as if its command had been typed.

    Args:
        given: flag -> value, for the flags that the user gave.
        root: folder that holds a folder for each run.
        seed: seed of weights, order and augmentation.
        network: name of a published training or of a segmenter; None: that of `given`.
        base: the bench of the network whose weights this one starts from, where its
            published training names no weights.
        crf: flags of post-processing that were chosen for the images.
    """

    def __init__(
        self,
        given: Given,
        root: pathlib.Path,
        seed: int,
        network: str | None = None,
        base: "Bench | None" = None,
        crf: Given | None = None,
    ):
        self.given, self.root, self.seed = given, root, seed
        self.base, self._network, self._crf = base, network, crf or {}
        self._results: dict[str, Any] = {}

    @property
    def published(self) -> Published | None:
        """The published training of the network, if there is one."""
        return (PUBLISHED | PUBLISHED_TAGS).get(self._network)

    def folder(self, run: Run) -> pathlib.Path:
        """Returns the folder of a run."""
        return self.root / self.actual(run).key

    def actual(self, run: Run) -> Run:
        """Returns the run to do: a published training leaves out runs that go on."""
        if run.goes_on and self.published is not None:
            return self.actual(run.init_from)
        return run

    def flags(self, run: Run) -> dict[str, Any]:
        """Returns all flags of a run, as a user would have to type them."""
        run, program = self.actual(run), PROGRAMS[run.program]
        shared = {n: v for n, v in self.given.items() if n != "output_dir"}
        used = {
            flag: str(self.folder(other) / file)
            for flag, (other, file) in run.uses.items()
        }
        flags = program.takes(shared | dict(run.flags) | used)
        if run.program == EVALUATE:
            images = build(DataOptions, flags)
            if holds_out(images):  # Score on what was not trained on.
                flags.setdefault("val_fraction", defaults.VAL_FRACTION)
        else:
            flags |= self._network_flags(run)
            if self.seed:
                flags["seed"] = self.seed
            starts_anew = self.published and self.published.phase2_from_weights
            if run.init_from is not None and not starts_anew:
                flags["init_from"] = str(self.folder(run.init_from))
        return flags | {"output_dir": str(self.folder(run))}

    def _network_flags(self, run: Run) -> dict[str, Any]:
        if self.published is None:
            return {} if self._network is None else {"model": self._network}
        flags = {"recipe": self._network}
        if self.published.weights is None:
            flags["weights"] = str(self.base.folder(run) / "last.keras")
        return flags

    def runs(self, runs: list[Run]) -> "list[tuple[Bench, Run]]":
        """Returns the runs and those they need, each with its bench, in order."""
        actual = [self.actual(run) for run in in_order(runs)]
        found = []
        if self.base is not None:
            trained = [run for run in actual if run.program != EVALUATE]
            found += self.base.runs(trained)
        return found + [(self, run) for run in dict.fromkeys(actual)]

    def command(self, run: Run) -> str:
        """Returns the line that a user would type for a run."""
        return command(self.actual(run).program, self.flags(run))

    def do(self, run: Run) -> Any:
        """Does a run, resumes it or finds it; the runs that it needs have to be done.

        Returns:
            `engine.run.Result` of a training, or metrics.json of a score.
        """
        run = self.actual(run)
        if run.key not in self._results:
            flags, body = self.flags(run), PROGRAMS[run.program].body
            if run.program == EVALUATE:
                self._results[run.key] = found_score(flags) or body(flags)
            else:
                self._results[run.key] = body(flags, make_strategy("one_device"))
        return self._results[run.key]

    def result(self, run: Run) -> Result:
        """Returns the result of a training, after doing the runs that it needs."""
        for bench, needed in self.runs([run]):
            bench.do(needed)
        return self.do(run)

    def done(self, run: Run) -> bool:
        """Returns whether a run was done by this bench in this process."""
        return self.actual(run).key in self._results

    def with_crf(self, run: Run) -> Run:
        """Returns the run that scores another one with post-processing."""
        run = self.actual(run)
        model = self.published.model if self.published else self._network
        if self.given.get("dataset", SYNTHETIC) == SYNTHETIC:
            name = SYNTHETIC
        else:
            name = model if model in PUBLISHED_CRFS else USUAL_CRF
        return evaluation_of(run, f"{run.key}_with_crf", {"crf": name, **self._crf})

    def score(self, run: Run, *, crf: bool = False) -> float:
        """Returns mIoU in % on the validation images, after the last step.

        Args:
            run: a training.
            crf: whether a dense CRF refines the predictions.
        """
        metrics = self.result(run).metrics["last"]
        if crf:
            metrics = self.do(self.with_crf(run))
        return 100.0 * metrics["mean_iou"]

    def proposal_score(self, run: Run) -> float | None:
        """Returns mIoU in % of the proposals of a training; None where it has none."""
        file = self.folder(run) / PROPOSALS
        if not file.exists():
            return None
        return 100.0 * json.loads(file.read_text(encoding="utf-8"))["mean_iou"]


def evaluation_of(run: Run, key: str, flags: Given) -> Run:
    """Returns the run `key` that scores the network of another one in a way."""
    return Run(key, EVALUATE, flags, uses={"checkpoint": (run, "last.keras")})


def found_score(flags: Given) -> dict[str, Any] | None:
    """Returns the scores of an earlier evaluation with the same flags, or None.

    An evaluation that is older than the weights does not count, nor a damaged one.
    """
    file = pathlib.Path(flags["output_dir"]) / "metrics.json"
    if not file.is_file():
        return None
    weights = pathlib.Path(flags["checkpoint"])
    if weights.stat().st_mtime > file.stat().st_mtime:
        return None
    try:
        metrics = json.loads(file.read_text(encoding="utf-8"))
        found, score = metrics["flags"], float(metrics["mean_iou"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    same = found == json.loads(json.dumps(dict(flags))) and math.isfinite(score)
    return metrics if same else None
