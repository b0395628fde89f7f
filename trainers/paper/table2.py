"""Table 2: proposals, full masks guessed from scribbles, and the regularized loss."""

from . import paper_results as paper
from .runs import Run
from .study import Setting
from .tables import table_with_crf
from .trainings import FULL, GRABCUT, phase2_epochs, regularized, scribblesup

CLAIMS = (
    ("DenseCRF-ADM above GrabCut", 2, 0),
    ("DenseCRF-GD above DenseCRF-ADM", 3, 2),
    ("DenseCRF-GD above ScribbleSup", 3, 1),
    ("full masks above DenseCRF-GD", 4, 3),
)


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings, in the order of the columns."""
    return [
        GRABCUT,
        scribblesup(epochs=phase2_epochs(setting)),
        regularized("adm", setting),
        regularized("crf", setting),
        FULL,
    ]


TABLE2 = table_with_crf(
    "table2",
    "Table 2: proposals and the regularized loss",
    runs,
    paper.TABLE2_COLUMNS,
    paper.TABLE2,
    CLAIMS,
)
