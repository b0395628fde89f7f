"""Table 1: the regularized losses, without and with post-processing by a dense CRF."""

from . import paper_results as paper
from .runs import Run
from .study import Setting
from .tables import table_with_crf
from .trainings import by_loss

CLAIMS = (
    ("NC above pCE", 1, 0),
    ("CRF above pCE", 2, 0),
    ("full masks above CRF", 4, 2),
    ("KernelCut at least CRF", 3, 2),
    ("CRF above NC (reported)", 2, 1),
)


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings, in the order of the columns."""
    return list(by_loss(setting).values())


TABLE1 = table_with_crf(
    "table1",
    "Table 1: regularized losses",
    runs,
    paper.TABLE1_COLUMNS,
    paper.TABLE1,
    CLAIMS,
)
