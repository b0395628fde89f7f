"""The plot of section 4.5: few labelled images, without and with the others."""

from tf_rloss import visualization

from .. import defaults
from ..datasets.sources import training_sources
from ..methods.unlabelled import count_labelled
from ..methods.unlabelled_options import UnlabelledOptions
from ..options import build
from . import paper_results as paper
from .grid import Grid, as_lines
from .runs import Run
from .study import Experiment, Setting, Study
from .trainings import FULL
from .verdicts import difference, verdicts

SHARES, QUICK_SHARES = (0.05, 0.125, 0.25, 0.5), (0.5,)
"""Shares of the training images that keep their labels."""
COUNTS_ON_VOC = (3000, 5000, 7000)
"""The paper's numbers of labelled images, below all 10,582."""
PER_BATCH = 0.75
"""Share of each batch that is labelled. This share and the default weight were the best
of five pairs with an eighth of the labels, on a held-out quarter of the training
images."""
METHODS = ("labelled images alone", "+ CRF loss on the others")

Pair = tuple[Run, Run]
"""The training on labelled images alone, and that with the CRF loss on the others."""


def pair(key: str, flags: dict[str, float], setting: Setting) -> Pair:
    """Returns both trainings for one number of labelled images.

    They differ only in the regularizer and in the images of a batch. Both have a phase
    2, also with the settings of a published training, and take as many steps.

    Args:
        key: beginning of the names of their folders.
        flags: flag with the number or share of labelled images.
        setting: the setting of the experiment.
    """
    none = {**flags, "regularizer": "none"}
    phase1 = Run(f"{key}_phase1", "semi_supervised", none | {"phase2_epochs": 0})
    alone = Run(f"{key}_ce", "semi_supervised", none, phase1)
    crf = {**flags, "regularizer": "crf"}
    if not setting.on_voc:
        batch_size = setting.given.get("batch_size", defaults.BATCH_SIZE)
        crf["labelled_per_batch"] = round(batch_size * PER_BATCH)
    return alone, Run(f"{key}_crf", "semi_supervised", crf, phase1)


def pairs(setting: Setting) -> list[Pair]:
    """Returns the trainings for each number of labelled images."""
    counts = setting.given.get("labelled_counts", COUNTS_ON_VOC)
    if setting.on_voc or "labelled_counts" in setting.given:
        return [pair(f"semi{n}", {"labelled_images": n}, setting) for n in counts]
    shares = QUICK_SHARES if setting.quick else SHARES
    return [pair(f"semi{s:g}", {"labelled_share": s}, setting) for s in shares]


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings, and the bound of all labels."""
    return [*(run for both in pairs(setting) for run in both), FULL]


def report(study: Study) -> None:
    """Writes mIoU over the number of labelled images, without and with the others."""
    trainings = pairs(study.setting)
    total = len(training_sources(study.first.flags(FULL), labels="mask")[0])
    counts = [
        count_labelled(build(UnlabelledOptions, alone.flags), total)
        for alone, _ in trainings
    ]
    scores = {
        method: [study.scores(both[place]) for both in trainings]
        for place, method in enumerate(METHODS)
    }
    full = study.scores(FULL)
    lines = [
        difference(f"CRF loss on unlabelled images helps {count} labelled", crf, alone)
        for count, alone, crf in zip(counts, *scores.values(), strict=True)
    ]
    if total not in counts:
        scores = {method: [*row, full] for method, row in scores.items()}
        counts.append(total)
    grid = Grid(
        "Semi-supervision: labelled images of all, validation mIoU (%)",
        [f"{count} of {total}" for count in counts],
        scores,
        notes=[verdicts(lines), paper.SEMI_NOTE],
    )
    study.write("semi", grid)
    visualization.lines_picture(
        as_lines(scores, counts),
        study.folder / "semi.png",
        xlabel="labelled images",
        ylabel="validation mIoU (%)",
    )


SEMI = Experiment(runs, report, networks=("deeplab_largefov",))
