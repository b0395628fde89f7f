"""Reproduces the tables and figures of the paper.

    python -m trainers.reproduce --table=1
    python -m trainers.reproduce --figure=5 --seeds=0,1,2
    python -m trainers.reproduce --semi
    python -m trainers.reproduce --table=1 --dataset=voc2012_scribble --data_dir=DIR
    python -m trainers.reproduce --table=2 --print

The program does the trainings that the table or figure compares, and writes it in the
paper's layout, with the paper's numbers beside ours and a verdict on each claim of the
paper. With --print it only prints the commands of the trainings, which can be typed one
by one. On the generated images, the default, a table or figure takes 2 to 20 minutes
for each seed on two cores. --quick tries everything in a minute or two, on a few small
images, with meaningless scores. Interrupted or killed, the same command resumes.

Results in --output_dir: tables as NAME.md and NAME.csv, pictures as NAME.png, such as
table1.md and table1.png. The trainings lie in <network>/seed<N>/. All tables and
figures share them, so that each is done once. docs/reproduce.md shows results.
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
    *groups.REGULARIZER_SETTINGS,
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
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS)


if __name__ == "__main__":
    run()
