"""Trains on full masks, if asked with a regularizer too: Table 5 of the paper.

Both phases minimize cross-entropy, phase 2 with the regularizer added; without one
(the default) this is the bound that weak supervision is measured against:

    python -m trainers.full
    python -m trainers.full --binary --regularizer=ncut --regularizer_weight=0.2

A weight of 0 minimizes cross-entropy alone and still reports the regularizer. What both
are on the validation images stands in <output_dir>/validation_losses.json. Each command
takes about two minutes on two cores. Interrupted or killed, the same command resumes.
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
    groups.REGULARIZER,
    groups.RAMP,
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
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
