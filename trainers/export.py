"""Exports a trained network as a SavedModel that needs TensorFlow alone.

    python -m trainers.export --checkpoint=runs/synthetic --output_dir=runs/exported

takes less than a minute. Results in --output_dir: the SavedModel, with preprocessing,
class names and colours inside, and model_card.md, which says how the model was made and
how to call it. Signatures: `serving_default` (float images of any size), `uint8` (the
same as bytes), and `encoded` (PNG or JPEG files).

With --crf=NAME a dense CRF that refines the predictions is inside, too. Programs that
load such a model have to load the op library of this package before it. So do programs
that load a network with a trained CRF, which --custom_ops allows to export.
"""

from .command_line import groups
from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .crf_options import CRFOptions
from .options import Given
from .trained.options import ExportOptions

FLAGS = make_flags(
    Group("What to export", ExportOptions),
    groups.OUTPUT,
    groups.CRF,
    first=("checkpoint", "output_dir", "class_names", "crf", "custom_ops"),
    output_dir="runs/exported",
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    CRFOptions.of(given)


def main(given: Given) -> None:
    """Exports as the flags say."""
    from .trained.exporting import export_as_given

    export_as_given(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
