"""Labels a folder of photographs with an exported network or that of a run.

    python -m trainers.predict --saved_model=runs/exported --input_dir=photos \\
        --output_dir=runs/predictions

Results in --output_dir: masks/NAME.png, an indexed PNG with the class of every pixel at
the photograph's size, and overlays/NAME.jpg, the photograph with these colours on it.
Files that are no images are left out and named at the end, with exit code 2.

With --scribbles=DIR the masks keep what was drawn on the photographs.

With --crf=NAME a dense CRF refines the labels on the photograph, reduced so that the
network sees --max_side pixels at most.
"""

from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .crf_options import CRFOptions
from .options import Given, build
from .trained.options import LabellingOptions

FLAGS = make_flags(
    Group("Photographs", LabellingOptions),
    groups.OUTPUT,
    groups.CRF,
    first=("saved_model", "input_dir", "output_dir", "scribbles", "crf"),
    output_dir="runs/predictions",
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    CRFOptions.of(given)
    # A mistake in the part shows before any work is done.
    _ = build(LabellingOptions, given).part


def main(given: Given) -> None:
    """Labels every image of the folder."""
    from .trained.labelling import label_folder

    label_folder(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
