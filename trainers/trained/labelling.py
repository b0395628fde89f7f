"""Labels of a folder of photographs, from a trained or an exported segmenter."""

import pathlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tf_rloss import evaluation, visualization
from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.data.source import printable
from tf_rloss.labels import IGNORE_LABEL

from ..crf_options import CRFOptions
from ..datasets.folders import existing_folder
from ..engine.progress import ImageProgress
from ..errors import UserError
from ..options import Given, build
from .crf_settings import crf_settings, make_crf
from .loading import Trained, load_trained
from .options import LabellingOptions
from .photographs import find_files, labels_at, read_photograph, reduce_to
from .scribbles import find_scribbles, read_scribble

FAILURES_SHOWN = 10
SURE = 0.99
"""Probability that a CRF is given for what is drawn; it takes the logarithm of all."""

Predict = Callable[..., np.ndarray]
"""Function from a uint8 image (h, w, 3), and labels (h, w) that are known or None, to
probabilities (h, w, K)."""


def label_folder(given: Given) -> None:
    """Labels every image of the folder that the flags name.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Raises:
        UserError: at the end, for files that could not be read.
    """
    options, crf = build(LabellingOptions, given), CRFOptions.of(given)
    files = find_files(existing_folder("input_dir", options.input_dir))
    if options.part is not None:
        files = options.part.take(files)
    crf_settings(crf, options.max_side)  # Mistakes come before the first image.
    trained = load_trained("saved_model", options.saved_model, options.modules)
    output_dir = pathlib.Path(given["output_dir"])
    predict = make_predict(trained, crf)
    scribbles = find_scribbles(options.scribbles, files, trained)
    # The network sees the photograph at its scale, so that `max_side` is in its pixels.
    max_side = round(options.max_side / trained.network_scale)
    progress = ImageProgress(len(files), "labelled")
    failures = []
    for path in files:
        try:
            image = read_photograph(path)
            drawn = read_scribble(scribbles.get(path.stem), image, trained)
        except ValueError as error:
            failures.append(f"{printable(path.name)} ({error})")
            continue
        reduced = reduce_to(image, max_side)
        known = drawn if drawn is None else resize_label_map(drawn, reduced.shape[:2])
        labels = labels_at(predict(reduced, known), image.shape[:2])
        if drawn is not None:
            labels = np.where(drawn == IGNORE_LABEL, labels, drawn)
        mask = output_dir / "masks" / f"{path.stem}.png"
        visualization.save_label_png(labels, trained.palette, mask)
        colours = visualization.overlay(
            image, labels, trained.palette, options.alpha, skip_black=True
        )
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


def make_predict(trained: Trained, crf: CRFOptions) -> Predict:
    """Returns the function that predicts a photograph at its size, CRF included."""
    plain = evaluation.make_predict(trained.segmenter, [trained.image_scale])

    def predict(image: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
        probs, size = plain(image, image.shape[:2]), max(image.shape[:2])
        if crf.crf is None:
            return probs
        if known is not None:
            classes = probs.shape[-1]
            sure = SURE * np.eye(classes, dtype=np.float32) + (1 - SURE) / classes
            drawn = known != IGNORE_LABEL
            probs = probs.copy()
            probs[drawn] = sure[known[drawn]]
        refine = make_crf(crf_settings(crf, size))
        return refine(probs[np.newaxis], tf.constant(image[np.newaxis]))[0].numpy()

    return predict
