"""Trains a segmenter on scribbles, in two phases as in the paper.

Phase 1 minimizes partial cross-entropy on the scribbled pixels alone; phase 2 goes on
from its weights with a regularizer on all pixels (Tang et al., ECCV 2018):

    python -m trainers.scribble --output_dir=runs/synthetic
    python -m trainers.scribble --dataset=folder --data_dir=DIR --output_dir=runs/mine

With --recipe a network of the paper is trained as its authors did; see
methods/published.py. With --regularizer=none there is phase 1 only; with --init_from
phase 2 only. With --crf_as_rnn phase 2 trains a dense CRF behind the network in place
of a regularizer. The first command takes about two minutes on two cores. Interrupted or
killed, the same command resumes. The network is <output_dir>/last.keras, and the one
with the best validation score best.keras.
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
    groups.REGULARIZER,
    groups.RAMP,
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
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
