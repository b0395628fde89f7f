"""Table 5: a regularizer beside full masks, on images of objects and background."""

import dataclasses
import json

from tf_rloss import data

from ..recipes import Regularizer
from ..validation_losses import FILE, write_validation_losses
from . import published_results as paper
from .claims import claims, difference
from .grid import Grid, Scores
from .lab import Lab
from .study import Experiment, Study
from .systems import FULL_PHASE1, System, recipe_of

WEIGHTS = (0.0, 0.1, 0.2, 0.5)


def _binary(lab: Lab) -> tuple[data.Source, data.Source]:
    return data.binary(lab.source), data.binary(lab.val)


PHASE1 = dataclasses.replace(FULL_PHASE1, key="binary_phase1", sources=_binary)


def with_ncut(weight: float) -> System:
    """Cross-entropy on full masks and a normalized cut of this weight."""

    def change(regularizer: Regularizer) -> Regularizer:
        return dataclasses.replace(regularizer, weight=weight)

    recipe = recipe_of("ncut", "mask", change)
    return System(f"binary_ncut{weight:g}", recipe, PHASE1, "phase2", _binary)


SYSTEMS = tuple(map(with_ncut, WEIGHTS))


def table5(study: Study) -> None:
    """mIoU and both losses on the validation images, for each weight."""
    (network,) = study.networks[:1]
    rows: dict[str, list[Scores]] = {}
    for weight, system in zip(WEIGHTS, SYSTEMS, strict=True):
        losses = {lab.seed: losses_of(lab, system) for lab in study.labs[network]}
        rows[f"NC weight {weight:g}"] = [
            study.scores(network, system),
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
    columns = paper.TABLE5_COLUMNS
    grid = Grid(
        "Table 5: normalized cut beside full masks, on validation images",
        columns,
        rows,
        paper.TABLE5,
        digits=dict.fromkeys([*rows, *(f"paper: {row}" for row in paper.TABLE5)], 3),
        notes=[claims(lines), "All objects are one class. The paper's set: saliency."],
    )
    study.write("table5", grid)


def losses_of(lab: Lab, system: System) -> dict[str, float]:
    """Both terms on the validation images, from the file where it was written."""
    result = lab.train(system)
    file = result.last.parent / FILE
    if file.exists():
        return json.loads(file.read_text())
    source, val = system.sources(lab)
    width = lab.config(system).resolve(source).crop_size[1]
    return write_validation_losses(system.recipe(lab, width), result.last, val)


TABLE5 = Experiment("Table 5", SYSTEMS, table5, networks=("deeplab_largefov",))
