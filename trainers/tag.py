"""Trains a network on image tags alone: the classes in an image, without their places.

A classifier is trained on the tags first. Cells where its activation maps are strong
become cues, as in SEC (Kolesnikov and Lampert, ECCV 2016). The segmenter then minimizes
SEC's losses: seed on the cues, expand on the tags, and a third loss that moves borders
to where colours change. The third loss is SEC's constraint or, by default, the dense
CRF loss that the paper puts in its place (Table 3):

    python -m trainers.tag --output_dir=runs/tags
    python -m trainers.tag --boundary=constrain --output_dir=runs/constrain
    python -m trainers.tag --recipe=sec_largefov --dataset=folder --data_dir=VOC \\
        --cues=localization_cues.pickle.gz --cues_list=input_list.txt

The third command trains as the authors of SEC did, on their cues. On PASCAL VOC the
paper reports 38.4 % mIoU without a third loss and 43.9 % with the CRF loss. The first
two commands need no data and take about two minutes each on two cores. Interrupted or
killed, the same command resumes.

Results in --output_dir: last.keras, the network after the last step, and best.keras,
the one with the best validation score; metrics.json, history.csv and pictures/;
classifier/, the run of the classifier, with its cues in cues.npz.
"""

from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .engine.config import RunConfig
from .methods.published import TagRecipeOptions
from .methods.tag_options import CueOptions, TagLossOptions, refuse_idle
from .options import Given

FLAGS = make_flags(
    groups.OUTPUT,
    groups.DATA,
    Group("Losses", TagLossOptions),
    Group("Losses", RunConfig, only=("ramp_epochs",)),
    Group("Cues", CueOptions),
    Group("Training", TagRecipeOptions),
    Group("Training", RunConfig, only=("stretch",)),
    Group("Phases", RunConfig, phase="classifier", what="the classifier of tags"),
    Group("Phases", RunConfig, phase="segmenter", what="the segmenter"),
    groups.TRAINING,
    groups.SINGLE_RUN,
    first=("dataset", "data_dir", "output_dir", "boundary", "cues"),
    output_dir="runs/tags",
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    refuse_idle(given)


def main(given: Given) -> None:
    """Trains the classifier, if cues are needed, and the segmenter."""
    from .methods import reporting, tags

    reporting.train_and_report(tags.train, given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
