"""Figure 4: predictions of trainings from tags."""

from .pictures import draw_predictions
from .runs import Run
from .study import Experiment, Setting, Study
from .table3 import BOUNDARIES, CONSTRAIN, CRF, EXPAND, NETWORKS
from .table3 import runs as table3_runs

SHOWN = {"seed + expand": EXPAND, "SEC": CONSTRAIN, "+ CRF loss": CRF}
"""Title of a column -> its third loss."""


def shown_runs(setting: Setting) -> dict[str, Run]:
    """Returns the trainings by the titles of their columns."""
    by_boundary = dict(zip(BOUNDARIES, table3_runs(setting), strict=True))
    return {title: by_boundary[boundary] for title, boundary in SHOWN.items()}


def report(study: Study) -> None:
    """Draws predictions of SEC and of the CRF loss in the place of its third loss."""
    draw_predictions(study, shown_runs(study.setting), "figure4")


FIGURE4 = Experiment(
    lambda setting: list(shown_runs(setting).values()), report, networks=NETWORKS
)
