"""Chooses the weight and the bandwidths of a regularizer, on training images alone.

A part of the training images that have masks is held out. One network is trained on the
scribbles of the others by partial cross-entropy (pCE). From its weights one network is
trained for each combination of the listed values, and one by pCE alone:

    python -m trainers.tune --regularizer=crf --regularizer_weights=0.3,1,3
    python -m trainers.tune --regularizer=kernelcut --sigma_colors=10,15,20 \\
        --dataset=folder --data_dir=DIR
    python -m trainers.tune --regularizer=post_processing --sigma_colors=3,10,20

The first command needs no data and takes about three minutes on two cores. Interrupted
or killed, the same command resumes; further values only add trainings.

Results in --output_dir: tune.md and tune.csv, the mIoU on the held-out images, best
first, and chosen.json, the best values, which trainers.reproduce takes with --chosen.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .errors import UserError
from .methods.regularizer_options import refuse_idle
from .methods.regularizers import NONE
from .options import Given
from .paper.options import CRFS, TuneOptions

FLAGS = make_flags(
    Group("Settings to try", TuneOptions),
    groups.OUTPUT,
    groups.TUNING_DATA,
    groups.SCRIBBLES,
    *groups.REGULARIZER_SETTINGS,
    *groups.two_phases("partial cross-entropy", "with the regularizer"),
    groups.TRAINING,
    first=("dataset", "data_dir", "output_dir", "regularizer", "regularizer_weights"),
    output_dir="runs/tune",
    validate_every=defaults.COMPARE_VALIDATE_EVERY,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    name = given.get("regularizer", defaults.REGULARIZER)
    refuse_idle(given, (NONE if name in CRFS else name,))
    if "gammas" in given and name != "kernelcut":
        raise UserError("--gammas has no effect without --regularizer=kernelcut.")


def main(given: Given) -> None:
    """Trains what is missing and prints the table."""
    from .paper.tuning import tune

    tune(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
