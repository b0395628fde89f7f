"""Trains a segmenter on image tags alone: which classes are in an image, not where.

A classifier of the tags is trained first; where its activation maps are strong are the
cues of SEC (Kolesnikov and Lampert, ECCV 2016). The segmenter then minimizes SEC's
losses, seed and expand, and one that knows borders: the dense CRF loss of the paper, or
SEC's constraint, which it replaces (Table 3):

    python -m trainers.tag --output_dir=runs/tags
    python -m trainers.tag --boundary=constrain --output_dir=runs/constrain
    python -m trainers.tag --recipe=sec_largefov --dataset=folder --data_dir=VOC \\
        --cues=localization_cues.pickle.gz --cues_list=input_list.txt

With --recipe a network is trained as its authors did; see published.py. The paper has,
on PASCAL VOC, 38.4 % mIoU without and 43.9 % with the CRF loss. The first command takes
about two minutes on two cores. Interrupted or killed, the same command resumes. The
network is <output_dir>/last.keras, with the best validation best.keras.
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
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
