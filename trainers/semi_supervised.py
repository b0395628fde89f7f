"""Trains on a few labelled and many unlabelled images, section 4.5 of the paper.

Phase 1 minimizes cross-entropy on the labelled images alone. Phase 2 goes on from its
weights with batches of both kinds of images, and adds a regularizer on the unlabelled
ones (Tang et al., ECCV 2018):

    python -m trainers.semi_supervised --labelled_images=50
    python -m trainers.semi_supervised --labelled_images=50 --regularizer=none
    python -m trainers.semi_supervised --dataset=folder --data_dir=DIR \\
        --unlabelled_dir=PHOTOGRAPHS

The second command is the baseline: as many steps, on the labelled images alone. The
labelled images are chosen by their names, so that 50 of them are among the 100 of a
larger choice. The first two commands need no data and take about three minutes each on
two cores. Interrupted or killed, the same command resumes.

Results in --output_dir: last.keras, the network after the last step, and best.keras,
the one with the best validation score; metrics.json, history.csv and pictures/. Phase 1
has the same in phase1/.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .methods.published import RecipeOptions
from .methods.regularizer_options import refuse_idle
from .methods.unlabelled_options import UnlabelledOptions
from .options import Given

FLAGS = make_flags(
    groups.OUTPUT,
    groups.DATA,
    groups.SCRIBBLES,
    Group("Labelled and unlabelled images", UnlabelledOptions),
    *groups.REGULARIZER,
    Group("Training", RecipeOptions),
    groups.INIT_FROM,
    *groups.two_phases("labelled images alone", "with the unlabelled images"),
    groups.TRAINING,
    groups.SINGLE_RUN,
    first=("dataset", "data_dir", "output_dir", "labelled_images", "unlabelled_dir"),
    output_dir="runs/semi_supervised",
    regularizer=defaults.SEMI_REGULARIZER,
    regularizer_weight=defaults.SEMI_WEIGHT,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    refuse_idle(given, (given.get("regularizer", defaults.SEMI_REGULARIZER),))


def main(given: Given) -> None:
    """Runs the phases that the flags ask for."""
    from .methods import reporting, unlabelled

    reporting.train_and_report(unlabelled.train, given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
