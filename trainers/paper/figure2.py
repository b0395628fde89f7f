"""Figure 2: predictions of the networks of Table 1."""

from .pictures import draw_predictions
from .study import Experiment, Study
from .table1 import runs
from .trainings import by_loss


def report(study: Study) -> None:
    """Draws image, scribbles, truth and what each network predicts."""
    draw_predictions(study, by_loss(study.setting), "figure2")


FIGURE2 = Experiment(runs, report)
