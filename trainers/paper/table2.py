"""Table 2: proposals, full masks guessed from scribbles, and the regularized loss."""

from ..trained.options import TRAINING
from ..trained.scoring import NO_VOID, near_borders_name
from . import paper_results as paper
from .bench import evaluation_of
from .grid import Scores
from .runs import Run
from .study import Experiment, Setting, Study
from .tables import NETWORKS, with_and_without_crf, write_table
from .trainings import FULL, GRABCUT, PCE, phase2_epochs, regularized, scribblesup
from .verdicts import difference

CLAIMS = (
    ("DenseCRF-ADM above GrabCut", 2, 0),
    ("DenseCRF-GD above DenseCRF-ADM", 4, 2),
    ("DenseCRF-GD above DenseCRF-ADM as the authors ran it", 4, 3),
    ("DenseCRF-GD above ScribbleSup", 4, 1),
    ("full masks above DenseCRF-GD", 5, 4),
)
BORDER = 5
"""Width in pixels of the band at borders that is scored alone: that of VOC's void."""
AUTHORS_ADM = {"loss_scale": 1 / 8, "constrain_stride": 1}
"""Flags of ADM as the authors ran it: SEC's CRF on cells of 8 pixels, and every cell
learns from its output."""

ON_TRAINING = evaluation_of(PCE, "pce_on_training", {"on": TRAINING})
"""The masks that the network of pCE gives the training images."""


def trainings(setting: Setting) -> list[Run]:
    """Returns the trainings, in the order of the columns."""
    return [
        GRABCUT,
        scribblesup(epochs=phase2_epochs(setting)),
        regularized("adm", setting),
        regularized("constrain_no_backprop", setting, AUTHORS_ADM),
        regularized("crf", setting),
        FULL,
    ]


def near_borders(run: Run) -> Run:
    """Returns the run that scores another one at borders and without void."""
    flags = {"trimap_width": BORDER, "fill_void": True}
    return evaluation_of(run, f"{run.key}_at_borders", flags)


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings and the scores of their networks in other ways."""
    trained = trainings(setting)
    return [*trained, ON_TRAINING, *(near_borders(run) for run in trained)]


def report(study: Study) -> None:
    """Writes the table, and whether GrabCut's masks leave room for the claims."""
    trained = trainings(study.setting)
    ours = with_and_without_crf(study, trained)
    lines = []
    for network in study.networks:
        for name in (NO_VOID, near_borders_name(BORDER)):
            ours[f"{network}, {name}"] = [
                study.metric(near_borders(run), f"mean_iou {name}", network)
                for run in trained
            ]
        masks = [study.proposals(run, network) for run in trained]
        ours[f"{network}, masks trained on"] = masks
        lines.append(precondition(study, network, masks[0]))
    write_table(
        study,
        "table2",
        "Table 2: proposals and the regularized loss",
        paper.TABLE2_COLUMNS,
        ours,
        paper.TABLE2,
        CLAIMS,
        lines,
    )


def precondition(study: Study, network: str, grabcut: Scores | None) -> str:
    """Returns a line that says whether these images can test the paper's order.

    Where GrabCut's masks are better than those of the network that learned from
    scribbles alone, they teach it more than the paper's did, whose networks lost by it.
    """
    return difference(
        f"{network}: precondition, the masks of pCE's network for the training images "
        "above GrabCut's",
        study.metric(ON_TRAINING, "mean_iou", network),
        grabcut or {},
    )


TABLE2 = Experiment(runs, report, trainings, NETWORKS)
