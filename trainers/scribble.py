"""Trains a network on scribbles, in two phases as in the paper.

Phase 1 minimizes partial cross-entropy on the scribbled pixels alone. Phase 2 goes on
from its weights and adds a regularizer on all pixels (Tang et al., ECCV 2018):

    python -m trainers.scribble --output_dir=runs/synthetic
    python -m trainers.scribble --dataset=folder --data_dir=DIR --output_dir=runs/mine

The first command needs no data and takes about two minutes on two cores. Interrupted or
killed, the same command resumes.

--regularizer=none or --phase2_epochs=0 leaves out phase 2, --init_from=RUN phase 1.
--recipe=NAME trains a network of the paper as its authors did (docs/training.md has the
numbers). --crf_as_rnn trains a dense CRF behind the network in phase 2, in place of a
regularizer.

Results in --output_dir: last.keras, the network after the last step, and best.keras,
the one with the best validation score; metrics.json, history.csv and pictures/. Phase 1
has the same in phase1/.
"""

from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .crf_options import TrainedCRFOptions
from .methods.published import RecipeOptions
from .methods.regularizer_options import refuse_idle, usual_regularizer
from .options import Given

FLAGS = make_flags(
    groups.OUTPUT,
    groups.DATA,
    groups.SCRIBBLES,
    *groups.REGULARIZER,
    Group("Training", RecipeOptions),
    groups.INIT_FROM,
    *groups.two_phases("partial cross-entropy", "with the regularizer"),
    groups.TRAINING,
    groups.SINGLE_RUN,
    groups.TRAINED_CRF,
    first=("dataset", "data_dir", "output_dir", "model", "regularizer"),
    output_dir="runs/scribble",
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    refuse_idle(given, (given.get("regularizer", usual_regularizer(given)),))
    TrainedCRFOptions.of(given)


def main(given: Given) -> None:
    """Runs the phases that the flags ask for."""
    from .methods import reporting, scribbles

    reporting.train_and_report(scribbles.train, given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
