"""Table 5: a regularizer beside full masks, on images of objects and background."""

import json

from ..engine.result import Result
from ..methods.validation_losses import FILE
from . import paper_results as paper
from .grid import Grid, Scores
from .runs import Run
from .study import Experiment, Study
from .verdicts import difference, verdicts

WEIGHTS = (0.0, 0.1, 0.2, 0.5)
PHASE1 = Run(
    "binary_phase1",
    "full",
    {"binary": True, "regularizer": "none", "phase2_epochs": 0},
)


def with_ncut(weight: float) -> Run:
    """Returns the training on full masks and a normalized cut of this weight."""
    flags = {"binary": True, "regularizer": "ncut", "regularizer_weight": weight}
    return Run(f"binary_ncut{weight:g}", "full", flags, PHASE1)


RUNS = tuple(map(with_ncut, WEIGHTS))
"""The trainings, one for each weight."""


def report(study: Study) -> None:
    """Writes mIoU and both losses on the validation images, for each weight."""
    rows: dict[str, list[Scores]] = {}
    for weight, run in zip(WEIGHTS, RUNS, strict=True):
        losses = {b.seed: losses_of(b.result(run)) for b in study.first_network}
        rows[f"NC weight {weight:g}"] = [
            study.scores(run),
            *(
                {seed: values[term] for seed, values in losses.items()}
                for term in ("mask", "image")
            ),
        ]
    none, *others = rows.values()
    lines = []
    for weight, row in zip(WEIGHTS[1:], others, strict=True):
        name = f"NC weight {weight:g}"
        lines += [
            difference(f"mIoU without NC above that with {name}", none[0], row[0]),
            difference(f"cross entropy rises with {name}", row[1], none[1]),
            difference(f"NC loss falls with {name}", none[2], row[2]),
        ]
    grid = Grid(
        "Table 5: normalized cut beside full masks, on validation images",
        paper.TABLE5_COLUMNS,
        rows,
        paper.TABLE5,
        digits=dict.fromkeys([*rows, *(f"paper: {row}" for row in paper.TABLE5)], 3),
        notes=[
            verdicts(lines),
            "All objects are one class. The paper's set: saliency.",
        ],
    )
    study.write("table5", grid)


def losses_of(result: Result) -> dict[str, float]:
    """Returns both terms on the validation images, which the program has written."""
    return json.loads((result.last.parent / FILE).read_text(encoding="utf-8"))


TABLE5 = Experiment(lambda setting: RUNS, report, networks=("deeplab_largefov",))
