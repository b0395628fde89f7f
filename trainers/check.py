"""Looks at a folder of images before a training: tells all that is wrong or unusual.

    python -m trainers.check --data_dir=my_data

The program counts the pixels of each class, and lists everything that is wrong in all
folders, and what can be a mistake. It ends with exit code 2 if a training would be
refused. Results in --output_dir: report.html, a page with the same and with pictures of
the strokes over the photographs.
"""

from . import defaults
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .datasets.options import CHECKED, DataOptions
from .options import Given

FLAGS = make_flags(
    Group("Data", DataOptions, only=CHECKED),
    groups.OUTPUT,
    first=("data_dir", "output_dir"),
    output_dir=defaults.CHECK_DIR,
)


def main(given: Given) -> None:
    """Checks the folder."""
    from .datasets.checking import check_as_given

    check_as_given(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS)


if __name__ == "__main__":
    run()
