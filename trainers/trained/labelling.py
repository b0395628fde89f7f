"""Labels of a folder of photographs, from an exported segmenter."""

import pathlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tf_rloss import export, ops, visualization

from ..crf_options import CRFOptions
from ..datasets.folders import existing_folder
from ..engine.progress import ImageProgress
from ..errors import UserError
from ..options import Given, build
from .crf_settings import crf_settings, make_crf
from .options import LabellingOptions
from .photographs import find_files, labels_at, read_photograph, reduce_to

FAILURES_SHOWN = 10

Refine = Callable[[tf.Tensor, np.ndarray], tf.Tensor]
"""Function from probabilities (1, h, w, K) and image (1, h, w, 3) to probabilities."""


def label_folder(given: Given) -> None:
    """Labels every image of the folder that the flags name.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Raises:
        UserError: at the end, for files that could not be read.
    """
    options, crf = build(LabellingOptions, given), CRFOptions.of(given)
    files = find_files(existing_folder("input_dir", options.input_dir))
    crf_settings(crf, options.max_side)  # Mistakes come before the first image.
    model = load_model(options.saved_model)
    output_dir = pathlib.Path(given["output_dir"])

    def refine(probs: tf.Tensor, image: np.ndarray) -> tf.Tensor:
        return make_crf(crf_settings(crf, max(image.shape[1:3])))(probs, image)

    progress = ImageProgress(len(files), "labelled")
    failures = []
    for path in files:
        try:
            image = read_photograph(path)
        except ValueError as error:
            failures.append(f"{path.name} ({error})")
            continue
        labels = label_photograph(
            model, image, options.max_side, None if crf.crf is None else refine
        )
        mask = output_dir / "masks" / f"{path.stem}.png"
        visualization.save_label_png(labels, model.palette, mask)
        colours = visualization.overlay(image, labels, model.palette, options.alpha)
        visualization.save_image(colours, output_dir / "overlays" / f"{path.stem}.jpg")
        progress.advance()
    progress.finish()
    if len(failures) < len(files):
        print(f"Masks: {output_dir / 'masks'}  overlays: {output_dir / 'overlays'}")
    if failures:
        more = len(failures) - FAILURES_SHOWN
        raise UserError(
            f"{len(failures)} of {len(files)} files could not be read: "
            + ", ".join(failures[:FAILURES_SHOWN])
            + (f" and {more} more" if more > 0 else "")
        )


def load_model(path: str) -> export.ExportedModel:
    """Loads the SavedModel.

    Raises:
        UserError: if there is none, `trainers.export` has not written it, or the
            library that it needs is missing.
    """
    try:
        return export.load_exported(path)
    except (FileNotFoundError, ValueError, ops.LibraryError) as error:
        raise UserError(f"--saved_model: {error}") from error


def label_photograph(
    model: export.ExportedModel,
    image: np.ndarray,
    max_side: int,
    refine: Refine | None = None,
) -> np.ndarray:
    """Returns the label map of a photograph at its own size, uint8 (H, W).

    Args:
        model: the segmenter.
        image: uint8 (H, W, 3).
        max_side: longer side in pixels to which a larger photograph is reduced for the
            network.
        refine: refines the probabilities of the photograph, both perhaps reduced; None:
            they stay as they are.
    """
    reduced = reduce_to(image, max_side)
    if reduced.shape == image.shape and refine is None:
        return model.label_map(image)
    probs = model(reduced[np.newaxis])
    if refine is not None:
        probs = refine(probs, reduced[np.newaxis])
    return labels_at(probs[0].numpy(), image.shape[:2])
