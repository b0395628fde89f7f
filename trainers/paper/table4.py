"""Table 4: the dense CRF as a loss, as post-processing and as a trained layer."""

from . import paper_results as paper
from .options import CRF_AS_RNN
from .runs import Run
from .study import Experiment, Setting, Study
from .tables import write_table
from .trainings import PCE, crf_as_rnn, regularized

CLAIMS = (
    ("post-processing helps pCE", 1, 0),
    ("post-processing helps the CRF loss", 4, 3),
    ("CRF loss above pCE", 3, 0),
    ("CRF loss above the trained CRF", 3, 2),
)


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings."""
    layer = crf_as_rnn(setting.chosen_for(CRF_AS_RNN))
    return [PCE, layer, regularized("crf", setting)]


def post_processed(setting: Setting) -> list[Run]:
    """Returns the trainings that are scored with post-processing, too."""
    return [PCE, regularized("crf", setting)]


def report(study: Study) -> None:
    """Writes the table."""
    pce, layer, crf = runs(study.setting)
    columns = ((pce, False), (pce, True), (layer, False), (crf, False), (crf, True))
    ours = {
        network: [study.scores(run, network, crf=after) for run, after in columns]
        for network in study.networks
    }
    write_table(
        study,
        "table4",
        "Table 4: the CRF as loss, post-processing or layer",
        paper.TABLE4_COLUMNS,
        ours,
        paper.TABLE4,
        CLAIMS,
    )


TABLE4 = Experiment(runs, report, post_processed)
