"""Trains a network on full masks, alone or with a regularizer (Table 5 of the paper).

Phase 1 minimizes cross-entropy, phase 2 the same or, with --regularizer, adds a loss on
all pixels. The default, without a regularizer, is the bound that weak supervision is
measured against:

    python -m trainers.full
    python -m trainers.full --binary --regularizer=ncut --regularizer_weight=0.2
    python -m trainers.full --proposals=grabcut

The third command trains on masks that GrabCut guesses from the scribbles, which needs
OpenCV. The first two take about two minutes each on two cores, the third a little
longer. Interrupted or killed, the same command resumes.

Results in --output_dir: last.keras, the network after the last step, and best.keras,
the one with the best validation score; metrics.json, history.csv and pictures/;
validation_losses.json, the loss terms on the validation images. A regularizer of weight
0 is reported there and not minimized. Phase 1 has its results in phase1/.
"""

from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .methods.proposal_options import ProposalOptions
from .methods.published import RecipeOptions
from .methods.regularizer_options import refuse_idle
from .methods.regularizers import NONE
from .options import Given

FLAGS = make_flags(
    groups.OUTPUT,
    groups.DATA,
    Group("Proposals in place of masks", ProposalOptions),
    groups.SCRIBBLES,
    *groups.REGULARIZER,
    Group("Training", RecipeOptions),
    groups.INIT_FROM,
    *groups.two_phases("cross-entropy", "with the regularizer"),
    groups.TRAINING,
    groups.SINGLE_RUN,
    first=("dataset", "data_dir", "output_dir", "model", "regularizer"),
    output_dir="runs/full",
    regularizer=NONE,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    ProposalOptions.of(given)
    refuse_idle(given, (given.get("regularizer", NONE),))


def main(given: Given) -> None:
    """Runs both phases, or the second alone with --init_from."""
    from .methods import masks, reporting

    reporting.train_and_report(masks.train, given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
