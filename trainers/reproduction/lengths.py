"""Figure 5: how much each method loses as scribbles shrink to clicks."""

import dataclasses
import functools
import itertools
from collections.abc import Sequence

import numpy as np

from tf_rloss import data, visualization

from ..common_flags import SYNTHETIC
from . import published_results as paper
from .claims import claims, difference
from .grid import Grid, Scores
from .lab import Lab
from .pictures import scribble_rows
from .proposal_systems import SCRIBBLESUP, scribblesup
from .study import Experiment, Study
from .systems import (
    CRF,
    FULL,
    KERNELCUT,
    NCUT,
    PCE,
    PCE_PHASE1,
    System,
    regularized,
)

RATIOS = (1.0, 0.5, 0.3, 0.0)
QUICK_RATIOS = (1.0, 0.0)
METHODS = ("KC", "CRF", "NC", "pCE", "ScribbleSup")
CLICKS = "_clicks"
SHOWN = 4
"""Images whose scribbles are shown at each length."""


def shortened_source(lab: Lab, ratio: float) -> data.Source:
    """The training images with this part of the length of their scribbles."""
    if ratio == 0.0 and lab.flags.dataset == SYNTHETIC:
        # The click of a drawn stroke is a disc that may be wider than what the stroke
        # lies on; drawn from the masks, it stays inside.
        seed = lab.flags.data_seed
        return data.with_scribbles(lab.source, length_ratio=ratio, seed=seed)
    return data.with_shortened_scribbles(lab.source, ratio)


def shortened(ratio: float) -> tuple[System, ...]:
    """The systems of `METHODS`, on scribbles of this part of their length."""
    if ratio == 1.0:
        return KERNELCUT, CRF, NCUT, PCE, SCRIBBLESUP
    phase1 = dataclasses.replace(
        PCE_PHASE1,
        key=f"{PCE_PHASE1.key}_length{ratio:g}",
        sources=lambda lab: (shortened_source(lab, ratio), lab.val),
    )
    pce = phase1.second_phase(f"{PCE.key}_length{ratio:g}")
    kind = CLICKS if ratio == 0.0 else ""
    return (
        *(regularized(name, phase1, kind) for name in ("kernelcut", "crf", "ncut")),
        pce,
        scribblesup(f"_length{ratio:g}", lambda lab: shortened_source(lab, ratio)),
    )


SYSTEMS = {ratio: shortened(ratio) for ratio in RATIOS}
"""Of each length, the systems of `METHODS`."""


def figure5(study: Study, ratios: Sequence[float]) -> None:
    """Draws mIoU over the length, and the scribbles of each length."""
    (network,) = study.networks[:1]
    scores: dict[str, list[Scores]] = {
        method: [study.scores(network, SYSTEMS[ratio][place]) for ratio in ratios]
        for place, method in enumerate(METHODS)
    }
    lost = {
        method: {seed: whole[seed] - clicks[seed] for seed in whole}
        for method, (whole, *_, clicks) in scores.items()
    }
    lines = [
        difference("from whole scribbles to clicks pCE loses more than KC", *pair)
        for pair in [(lost["pCE"], lost["KC"])]
    ]
    lines += [
        difference(
            f"{upper} above {lower} with clicks", scores[upper][-1], scores[lower][-1]
        )
        for upper, lower in itertools.pairwise(("KC", "CRF", "pCE"))
    ]
    grid = Grid(
        "Figure 5: shorter scribbles, validation mIoU (%)",
        [f"length {ratio:g}" for ratio in ratios],
        scores,
        notes=[claims(lines), paper.FIGURE5_NOTE],
    )
    study.write("figure5", grid)
    full = study.scores(network, FULL)
    visualization.lines_picture(
        {
            method: {r: list(s.values()) for r, s in zip(ratios, row, strict=True)}
            for method, row in scores.items()
        },
        study.folder / "figure5.png",
        xlabel="scribble length ratio",
        ylabel="validation mIoU (%)",
        levels={"full masks": float(np.mean(list(full.values())))},
    )
    draw_scribbles(study, ratios)


def draw_scribbles(study: Study, ratios: Sequence[float]) -> None:
    """Shows the scribbles of some training images at each length."""
    lab = study.first
    sources = [SYSTEMS[ratio][0].sources(lab)[0] for ratio in ratios]
    rows = scribble_rows(
        [data.eval_pipeline(s.take(range(SHOWN))) for s in sources], lab.source.palette
    )
    visualization.contact_sheet(
        rows,
        study.folder / "figure5_scribbles.png",
        [f"length {100 * ratio:.0f} %" for ratio in ratios],
        legend=(lab.source.class_names, lab.source.palette),
    )


def of_lengths(ratios: Sequence[float]) -> Experiment:
    """The experiment with these lengths, the whole scribbles first."""
    systems = itertools.chain.from_iterable(SYSTEMS[ratio] for ratio in ratios)
    report = functools.partial(figure5, ratios=ratios)
    return Experiment("Figure 5", (*systems, FULL), report)


FIGURE5, QUICK_FIGURE5 = map(of_lengths, (RATIOS, QUICK_RATIOS))
