"""Exports a trained segmenter as a SavedModel that needs TensorFlow alone.

    python -m trainers.export --checkpoint=runs/synthetic --output_dir=runs/exported

Preprocessing, class names and colours are inside; model_card.md beside it says how
the model was made and how to call it. Signatures: `serving_default` (float images of
any size), `uint8`, and `encoded` (PNG or JPEG files).

With --crf=NAME a dense CRF that refines the predictions is inside, too. It needs the
op library of this package wherever the model is loaded; --custom_ops allows the same
for a network that has been trained with a CRF.
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
    """Entry point of the console command."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
