"""Labels a folder of photographs with an exported segmenter.

    python -m trainers.predict --saved_model=runs/exported --input_dir=photos \\
        --output_dir=runs/predictions

writes masks/NAME.png, an indexed PNG with the class of every pixel at the
photograph's size, and overlays/NAME.jpg for the eye. Files that are no images are
left out and named at the end, with exit code 2. With --crf=NAME a dense CRF refines
the labels at the size of the network's image.
"""

import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from absl import flags

from . import common_flags
from .crf_settings import define_crf, make_crf, settings_from_flags
from .errors import UserError

if TYPE_CHECKING:
    from tf_rloss.export import ExportedModel

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "saved_model",
    None,
    "Folder of a SavedModel that trainers.export wrote.",
    required=True,
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "input_dir",
    None,
    "Folder of images, PNG, JPEG or another kind that Pillow reads. Folders in it are "
    "not looked into.",
    required=True,
    flag_values=FLAGS,
)
common_flags.define_output(FLAGS, "runs/predictions")
flags.DEFINE_integer(
    "max_side",
    1024,
    "Photographs with a longer side, pixels, are reduced to it for the network. Masks "
    "have the size of the photograph.",
    lower_bound=16,
    flag_values=FLAGS,
)
flags.DEFINE_float(
    "alpha",
    0.5,
    "How opaque the colours of the overlays are.",
    lower_bound=0,
    upper_bound=1,
    flag_values=FLAGS,
)
define_crf(FLAGS)
FAILURES_SHOWN = 10


def main(argv: Sequence[str]) -> None:
    """Labels every image of the folder."""
    del argv
    from .photographs import find_files
    from .sources import existing_folder

    input_dir = existing_folder("input_dir", FLAGS.input_dir)
    files = find_files(input_dir)
    settings_from_flags(FLAGS, FLAGS.max_side)  # Mistakes come before the first image.
    model = load_model(FLAGS.saved_model)
    output_dir = pathlib.Path(FLAGS.output_dir)
    refine = refine_probs if FLAGS.crf is not None else None
    failures = label_files(
        model, files, output_dir, FLAGS.max_side, FLAGS.alpha, refine
    )
    if len(failures) < len(files):
        print(f"Masks: {output_dir / 'masks'}  overlays: {output_dir / 'overlays'}")
    if failures:
        named = [f"{path.name} ({reason})" for path, reason in failures]
        more = len(named) - FAILURES_SHOWN
        raise UserError(
            f"{len(failures)} of {len(files)} files could not be read: "
            + ", ".join(named[:FAILURES_SHOWN])
            + (f" and {more} more" if more > 0 else "")
        )


def load_model(path: str) -> "ExportedModel":
    """Loads the SavedModel.

    Raises:
        UserError: if there is none, `trainers.export` has not written it, or the
            library that it needs is missing.
    """
    from tf_rloss import export, ops

    try:
        return export.load_exported(path)
    except (FileNotFoundError, ValueError, ops.LibraryError) as error:
        raise UserError(f"--saved_model: {error}") from error


def label_files(
    model: "ExportedModel",
    files: Sequence[pathlib.Path],
    output_dir: pathlib.Path,
    max_side: int,
    alpha: float,
    refine: Callable | None = None,
) -> list[tuple[pathlib.Path, str]]:
    """Writes mask and overlay of every file; returns those that failed, and why."""
    from tf_rloss import visualization

    from .image_progress import ImageProgress
    from .photographs import read_photograph

    progress = ImageProgress(len(files), "labelled")
    failures = []
    for path in files:
        try:
            image = read_photograph(path)
        except ValueError as error:
            failures.append((path, str(error)))
            continue
        labels = label_photograph(model, image, max_side, refine)
        mask = output_dir / "masks" / f"{path.stem}.png"
        visualization.save_label_png(labels, model.palette, mask)
        colours = visualization.overlay(image, labels, model.palette, alpha)
        visualization.save_image(colours, output_dir / "overlays" / f"{path.stem}.jpg")
        progress.advance()
    progress.finish()
    return failures


def label_photograph(
    model: "ExportedModel",
    image: np.ndarray,
    max_side: int,
    refine: Callable | None = None,
) -> np.ndarray:
    """Returns the label map of a photograph at its own size, uint8 (H, W).

    Args:
        model: the segmenter.
        image: uint8 (H, W, 3).
        max_side: a larger photograph is reduced for the network.
        refine: maps probabilities (1, h, w, K) and the image (1, h, w, 3), both
            perhaps reduced, to probabilities; None: nothing.
    """
    from .photographs import labels_at, reduce_to

    reduced = reduce_to(image, max_side)
    if reduced.shape == image.shape and refine is None:
        return model.label_map(image)
    probs = model(reduced[np.newaxis])
    if refine is not None:
        probs = refine(probs, reduced[np.newaxis])
    return labels_at(probs[0].numpy(), image.shape[:2])


def refine_probs(probs, image: np.ndarray):
    """Refines probabilities by the CRF of the flags, which depends on the size."""
    return make_crf(settings_from_flags(FLAGS, max(image.shape[1:3])))(probs, image)


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
