"""Table 2: proposals, full masks guessed from scribbles, and the regularized loss."""

from . import paper_results as paper
from .runs import Run
from .study import Experiment, Setting, Study
from .table1 import NETWORKS
from .tables import with_and_without_crf, write_table
from .trainings import FULL, phase2_epochs, proposed, regularized, scribblesup

CLAIMS = (
    ("DenseCRF-ADM above GrabCut", 2, 0),
    ("DenseCRF-GD above DenseCRF-ADM", 3, 2),
    ("DenseCRF-GD above ScribbleSup", 3, 1),
    ("full masks above DenseCRF-GD", 4, 3),
)


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings, in the order of the columns."""
    return [
        proposed("grabcut"),
        scribblesup(epochs=phase2_epochs(setting)),
        regularized("adm", setting),
        regularized("crf", setting),
        FULL,
    ]


def report(study: Study) -> None:
    """Writes the table."""
    write_table(
        study,
        "table2",
        "Table 2: proposals and the regularized loss",
        paper.TABLE2_COLUMNS,
        with_and_without_crf(study, runs(study.setting)),
        paper.TABLE2,
        CLAIMS,
    )


TABLE2 = Experiment(runs, report, runs, NETWORKS)
