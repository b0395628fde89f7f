"""Compares the regularizers: everything that the paper claims, in one command.

Phase 1 trains on scribbles with partial cross-entropy (pCE). From its weights phase 2
goes on with pCE alone, and with the normalized cut, the dense CRF or the kernel cut
added. A network on full masks is trained in the same two phases. All methods take the
same number of steps:

    python -m trainers.compare
    python -m trainers.compare --dataset=folder --data_dir=DIR --seeds=0,1,2

The first command needs no data and takes about six minutes on two cores. Interrupted or
killed, the same command resumes.

Results in --output_dir: table.md and table.csv, predictions.png, curves.png, and
saved_model/, the best network that was trained on scribbles; each training has a folder
in seed<N>/. Scores are those after the last step on the validation images, and nothing
is chosen by them.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .methods.regularizer_options import refuse_idle
from .options import Given, build
from .paper.options import CompareOptions

FLAGS = make_flags(
    Group("Comparison", CompareOptions),
    groups.OUTPUT,
    groups.DATA,
    groups.SCRIBBLES,
    *groups.REGULARIZER_SETTINGS,
    *groups.two_phases("partial cross-entropy", "with the regularizers"),
    groups.TRAINING,
    first=("dataset", "data_dir", "output_dir", "methods", "seeds"),
    output_dir="runs/compare",
    validate_every=defaults.COMPARE_VALIDATE_EVERY,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    refuse_idle(given, build(CompareOptions, given).methods)


def main(given: Given) -> None:
    """Trains what is missing, then writes table, pictures and SavedModel."""
    from .paper.comparison import compare

    compare(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
