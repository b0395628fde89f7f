"""Reproduces the tables and figures of the paper.

    python -m trainers.reproduce --table=1
    python -m trainers.reproduce --figure=5 --seeds=0,1,2
    python -m trainers.reproduce --semi
    python -m trainers.reproduce --table=1 --dataset=voc2012_scribble --data_dir=DIR

trains the systems that the table or figure compares, and writes it in the paper's
layout with the paper's numbers beside ours: NAME.md, NAME.csv, NAME.png. Trainings lie
in <output_dir>/<network>/seed<N>/ and are shared by all tables, so that each is done
once; interrupted or killed, the same command resumes. On the generated images a table
takes 5 to 15 minutes for each seed on two cores. --quick tries the machinery in a
minute or two, on a few small images, with meaningless scores.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .engine.config import RunConfig
from .methods.tag_options import CueOptions
from .options import Given
from .paper.options import ReproduceOptions

FLAGS = make_flags(
    Group("Experiment", ReproduceOptions),
    groups.OUTPUT,
    groups.DATA,
    groups.SCRIBBLES,
    groups.REGULARIZER_SETTINGS,
    groups.RAMP,
    *groups.two_phases("without a regularizer", "with the regularizers"),
    Group("Phases", RunConfig, phase="classifier", what="the classifier of tags"),
    Group("Phases", RunConfig, phase="segmenter", what="training from tags"),
    Group("Cues of Table 3 and Figure 4", CueOptions),
    groups.TRAINING,
    first=("table", "figure", "semi", "dataset", "print"),
    output_dir="runs/reproduce",
    validate_every=defaults.REPRODUCE_VALIDATE_EVERY,
    log_crf_energy=True,
)


def main(given: Given) -> None:
    """Trains what is missing and writes the table or figure."""
    from .paper.reproduction import reproduce

    reproduce(given)


def run() -> None:
    """Entry point of the console command."""
    run_app(main, FLAGS)


if __name__ == "__main__":
    run()
