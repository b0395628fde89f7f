"""Figure 5: the loss of mIoU of each method as scribbles shrink to clicks."""

import itertools

import numpy as np

from tf_rloss import visualization

from ..datasets.sources import training_sources
from ..methods.regularizers import NONE
from . import paper_results as paper
from .chosen_settings import CLICKS
from .grid import Grid, Scores, as_lines
from .pictures import scribble_rows
from .runs import Run
from .study import Experiment, Setting, Study
from .trainings import FULL, PCE, PCE_PHASE1, phase2_epochs, regularized, scribblesup
from .verdicts import difference, verdicts

RATIOS = (1.0, 0.5, 0.3, 0.0)
QUICK_RATIOS = (1.0, 0.0)
METHODS = ("KC", "CRF", "NC", "pCE", "ScribbleSup")
PEOPLE = "clicks"
"""The place of people's clicks among the lengths."""
SHOWN = 4
"""Number of images whose scribbles are shown at each length."""


def ratios_of(setting: Setting) -> tuple[float | str, ...]:
    """Returns the lengths of the scribbles, whole ones first, people's clicks last."""
    ratios = QUICK_RATIOS if setting.quick else RATIOS
    return (*ratios, PEOPLE) if "clicks" in setting.given else ratios


def title_of(ratio: float | str) -> str:
    """Returns the title of a column."""
    return "people's clicks" if ratio == PEOPLE else f"length {ratio:g}"


def shortened(ratio: float | str, setting: Setting) -> dict[str, Run]:
    """Returns the trainings on scribbles of this part of their length, by method.

    Args:
        ratio: part of the length, 0 for simulated clicks, or `PEOPLE`.
        setting: the setting of the experiment.
    """
    epochs = phase2_epochs(setting)
    names = {"KC": "kernelcut", "CRF": "crf", "NC": "ncut"}
    if ratio == 1.0:
        others = {"pCE": PCE, "ScribbleSup": scribblesup(epochs=epochs)}
        return {m: regularized(name, setting) for m, name in names.items()} | others
    if ratio == PEOPLE:
        length, suffix = {"points": setting.given["clicks"]}, "_people"
    else:
        length, suffix = {"length_ratio": ratio}, f"_length{ratio:g}"
    none = {"regularizer": NONE, **length}
    phase1 = Run(PCE_PHASE1.key + suffix, "scribble", none)
    kind = CLICKS if ratio in (0.0, PEOPLE) else ""
    runs = {}
    for method, name in names.items():
        flags = {"regularizer": name, **length, **setting.chosen_for(name + kind)}
        runs[method] = Run(name + suffix, "scribble", flags, phase1)
    runs["pCE"] = Run(PCE.key + suffix, "scribble", none, phase1, goes_on=True)
    runs["ScribbleSup"] = scribblesup(suffix, length, epochs)
    return runs


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings of all lengths and the bound of full masks."""
    by_length = [shortened(ratio, setting) for ratio in ratios_of(setting)]
    return [*itertools.chain.from_iterable(r.values() for r in by_length), FULL]


def report(study: Study) -> None:
    """Draws mIoU over the length, and the scribbles of each length."""
    ratios = ratios_of(study.setting)
    by_ratio = {ratio: shortened(ratio, study.setting) for ratio in ratios}
    scores: dict[str, list[Scores]] = {
        method: [study.scores(by_ratio[ratio][method]) for ratio in ratios]
        for method in METHODS
    }
    grid = Grid(
        "Figure 5: shorter scribbles, validation mIoU (%)",
        [title_of(ratio) for ratio in ratios],
        scores,
        notes=[verdicts(claims(scores)), paper.FIGURE5_NOTE],
    )
    study.write("figure5", grid)
    full = study.scores(FULL)
    lengths = [ratio for ratio in ratios if ratio != PEOPLE]
    visualization.lines_picture(
        as_lines(
            {method: row[: len(lengths)] for method, row in scores.items()}, lengths
        ),
        study.folder / "figure5.png",
        xlabel="scribble length ratio",
        ylabel="validation mIoU (%)",
        levels={"full masks": float(np.mean(list(full.values())))},
    )
    draw_scribbles(study, {ratio: by_ratio[ratio]["pCE"] for ratio in ratios})


def claims(scores: dict[str, list[Scores]]) -> list[str]:
    """Returns the verdicts; the paper's own claim is the one against ScribbleSup."""
    lost = {
        method: {seed: whole[seed] - clicks[seed] for seed in whole}
        for method, (whole, *_, clicks) in scores.items()
    }
    ours, theirs = scores["KC"], scores["ScribbleSup"]
    lines = [
        difference("KC above ScribbleSup with whole scribbles", ours[0], theirs[0]),
        difference("KC above ScribbleSup with clicks", ours[-1], theirs[-1]),
        difference(
            "from whole scribbles to clicks ScribbleSup loses more than KC",
            lost["ScribbleSup"],
            lost["KC"],
        ),
        difference(
            "from whole scribbles to clicks pCE loses more than KC",
            lost["pCE"],
            lost["KC"],
        ),
    ]
    return lines + [
        difference(
            f"{upper} above {lower} with clicks", scores[upper][-1], scores[lower][-1]
        )
        for upper, lower in itertools.pairwise(("KC", "CRF", "pCE"))
    ]


def draw_scribbles(study: Study, by_ratio: dict[float | str, Run]) -> None:
    """Shows the scribbles of some training images at each length."""
    ratios = list(by_ratio)
    flags = [study.first.flags(run) for run in by_ratio.values()]
    sources = [training_sources(given)[0] for given in flags]
    rows = scribble_rows([s.take(range(min(SHOWN, len(s)))) for s in sources])
    visualization.contact_sheet(
        rows,
        study.folder / "figure5_scribbles.png",
        [title_of(ratio) for ratio in ratios],
        legend=(sources[0].class_names, sources[0].palette),
    )


FIGURE5 = Experiment(runs, report)
