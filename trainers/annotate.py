"""Opens a page to draw scribbles on photographs and to see what a network predicts.

    python -m trainers.annotate --data_dir=my_data
    python -m trainers.annotate --data_dir=my_data --class_names=background,cat \\
        --input_dir=photographs

The first command opens a folder with images/ and classes.txt, the second begins one.
Strokes are saved at once, as scribbles/NAME.png. The page shows the predictions of
--model under them, and trains a network on the strokes drawn so far. The page is for
this machine alone: its address has a secret.

Results in --output_dir: a folder for each training, such as round-001/run, the run of
trainers.scribble.
"""

from . import defaults
from .annotation_page.options import AnnotationOptions
from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .options import Given, build

FLAGS = make_flags(
    Group("Page", AnnotationOptions),
    groups.OUTPUT,
    first=("data_dir", "input_dir", "class_names", "model", "output_dir"),
    output_dir=defaults.ANNOTATION_DIR,
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    build(AnnotationOptions, given)


def main(given: Given) -> None:
    """Serves the page."""
    from .annotation_page.page import serve

    serve(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
