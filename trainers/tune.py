"""Chooses the weight and the bandwidths of a regularizer, on training images alone.

A part of the training images that have masks is held out. One network is trained on
the scribbles of the others by partial cross-entropy, and from its weights one for each
combination of the listed values:

    python -m trainers.tune --regularizer=crf --regularizer_weights=0.3,1,3
    python -m trainers.tune --regularizer=kernelcut --sigma_rgbs=10,15,20 \\
        --dataset=folder --data_dir=DIR

prints the mIoU on the held-out images, best first, and writes it to tune.md and
tune.csv. Interrupted or killed, the same command resumes; more values only add to it.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .errors import UserError
from .methods.regularizer_options import refuse_idle
from .options import Given
from .paper.options import TuneOptions

FLAGS = make_flags(
    Group("Settings to try", TuneOptions),
    groups.OUTPUT,
    groups.TUNING_DATA,
    groups.SCRIBBLES,
    groups.REGULARIZER_SETTINGS,
    groups.RAMP,
    *groups.two_phases("partial cross-entropy", "with the regularizer"),
    groups.TRAINING,
    first=("dataset", "data_dir", "output_dir", "regularizer", "regularizer_weights"),
    output_dir="runs/tune",
    validate_every=defaults.COMPARE_VALIDATE_EVERY,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    name = given.get("regularizer", defaults.REGULARIZER)
    refuse_idle(given, (name,))
    if "gammas" in given and name != "kernelcut":
        raise UserError("--gammas has no effect without --regularizer=kernelcut.")


def main(given: Given) -> None:
    """Trains what is missing and prints the table."""
    from .paper.tuning import tune

    tune(given)


def run() -> None:
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
