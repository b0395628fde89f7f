"""Table 1: the regularized losses, without and with post-processing by a dense CRF."""

from . import paper_results as paper
from .runs import Run
from .study import Experiment, Setting, Study
from .tables import NETWORKS, with_and_without_crf, write_table
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


def report(study: Study) -> None:
    """Writes the table, with rows without and with post-processing."""
    ours = with_and_without_crf(study, runs(study.setting))
    title, columns = "Table 1: regularized losses", paper.TABLE1_COLUMNS
    write_table(study, "table1", title, columns, ours, paper.TABLE1, CLAIMS)


TABLE1 = Experiment(runs, report, runs, NETWORKS)
