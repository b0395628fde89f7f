"""Scores a network on images with masks, by the protocol of the paper.

One confusion matrix is counted over all images, at the masks' own resolution, with a
single scale and no flip; pixels of 255 in the masks are ignored:

    python -m trainers.evaluate --checkpoint=runs/synthetic
    python -m trainers.evaluate --checkpoint=RUN/best.keras --dataset=folder \\
        --data_dir=DIR --output_dir=runs/scores
    python -m trainers.evaluate --checkpoint=runs/synthetic --crf=synthetic

The third command refines the predictions by a dense CRF at the resolution of the masks,
as DeepLab does. The first takes less than a minute on two cores.

The program prints the IoU of each class. Results in --output_dir: metrics.json,
per_class.csv, confusion.png, best.png and worst.png, the images with the highest and
the lowest IoU, and report.html, a page with all of this. Without --output_dir, results
of other flags stay: the folder gets a number, as in runs/evaluate-2.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .crf_options import CRFOptions
from .options import Given, build
from .trained.options import ScoringOptions

FLAGS = make_flags(
    Group("What to score", ScoringOptions),
    groups.OUTPUT,
    groups.DATA,
    groups.CRF,
    first=("checkpoint", "dataset", "data_dir", "output_dir", "crf"),
    output_dir=defaults.SCORES_DIR,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    CRFOptions.of(given)
    # A mistake in the part shows before any work is done.
    _ = build(ScoringOptions, given).part


def main(given: Given) -> None:
    """Evaluates as the flags say and prints the table."""
    from .trained.scoring import evaluate

    evaluate(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
