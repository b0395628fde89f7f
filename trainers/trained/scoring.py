"""Scores of a segmenter on images with masks, and the files that hold them."""

import functools
import itertools
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tf_rloss import data, evaluation, visualization
from tf_rloss.files import csv_text, write_json, write_text

from .. import defaults
from ..crf_options import CRFOptions
from ..datasets.options import FOLDER, DataOptions
from ..datasets.sources import evaluation_source
from ..engine.extremes import Extremes
from ..engine.progress import ImageProgress
from ..engine.report import command, score_sections
from ..engine.run_folder import REPORT
from ..engine.validation import predict_stretched
from ..options import Given, build
from .crf_settings import crf_settings, make_crf
from .loading import load_trained
from .options import TRAINING, ScoringOptions

AS_IS = "as they are"
"""Name of the confusion matrix of the masks as they are."""


def evaluate(given: Given) -> dict[str, Any]:
    """Scores as the flags say, prints the table and writes the results.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Returns:
        The content of metrics.json.
    """
    options, images = build(ScoringOptions, given), DataOptions.of(given)
    trained = load_trained("checkpoint", options.checkpoint, options.modules)
    image_scale = given.get("image_scale", trained.image_scale)
    # A CRF works on the images as they are; then only the network's are scaled. So are
    # those of data sets that are not read at a scale.
    full_size = given.get("crf") is not None or images.dataset != FOLDER
    source = evaluation_source(
        images,
        trained.class_names,
        trained.num_classes,
        str(trained.path),
        image_scale=1.0 if full_size else image_scale,
        ignore_ids=given.get("ignore_id", trained.ignore_ids),
        training=options.on == TRAINING,
    )
    crf = crf_settings(CRFOptions.of(given), max(source.size))
    factor = image_scale if full_size else 1.0
    predict = evaluation.make_predict(
        trained.segmenter,
        [factor * scale for scale in options.scales],
        options.flip,
        None if crf is None else make_crf(crf),
    )
    if options.stretch_to is not None:
        predict = predict_stretched(predict, options.stretch_to)
    others = other_masks(options)
    confusions, extremes = score(predict, source, others)
    confusion = confusions.pop(AS_IS)
    print(evaluation.format_table(confusion, source.class_names))
    for name, other in confusions.items():
        print(f"mIoU {name}: {other.mean_iou:.4f}")
    metrics = {
        "checkpoint": str(trained.path),
        "data": source.name,
        "images": len(source),
        "scales": list(options.scales),
        "flip": options.flip,
        "stretch_to": options.stretch_to,
        "image_scale": image_scale,
        "post-processing": crf,
        **evaluation.summarize(confusion, source.class_names),
        "on": options.on,
        **{f"mean_iou {name}": c.mean_iou for name, c in confusions.items()},
        "flags": dict(given),
    }
    folder = _own_folder(given)
    write_results(folder, source, metrics, confusion, extremes)
    print(f"Report: {folder / REPORT}")
    return metrics


def _own_folder(given: Given) -> pathlib.Path:
    """Returns `output_dir`; the usual one with a number if it has other results."""
    folder = pathlib.Path(given["output_dir"])
    if given["output_dir"] != defaults.SCORES_DIR:
        return folder
    flags = json.loads(json.dumps(dict(given)))
    for number in itertools.count(2):
        try:
            found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return folder
        if found.get("flags") == flags:
            return folder
        folder = pathlib.Path(f"{given['output_dir']}-{number}")


def other_masks(
    options: ScoringOptions,
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Returns functions from a mask to another one that is scored with, by name."""
    others = {}
    if options.trimap_width is not None:
        width = options.trimap_width
        others[f"within {width} px of borders"] = functools.partial(
            evaluation.near_borders, width=width
        )
    if options.fill_void:
        others["without void"] = evaluation.fill_void
    return others


def score(
    predict: evaluation.Predict,
    source: data.Source,
    others: Mapping[str, Callable[[np.ndarray], np.ndarray]],
) -> tuple[dict[str, evaluation.ConfusionMatrix], Extremes]:
    """Evaluates on every image of a source, and keeps the extreme ones.

    Args:
        predict: function from an image and a size to probabilities of that size.
        source: images with masks.
        others: name -> function that makes another mask to score with out of a mask.

    Returns:
        Confusion matrices by name, that of the masks as they are under `AS_IS`, and the
        extreme images.
    """
    progress = ImageProgress(len(source), "evaluated")
    extremes = Extremes(source)
    confusions = {n: evaluation.ConfusionMatrix(source.num_classes) for n in others}

    def on_example(example: evaluation.Scored) -> None:
        for name, changed in others.items():
            confusions[name].update(changed(example.mask), example.label_map)
        extremes.add(example)
        progress.advance()

    confusions[AS_IS] = evaluation.evaluate(
        predict,
        data.eval_pipeline(source),
        source.num_classes,
        on_example,
    )
    progress.finish()
    return confusions, extremes


def write_results(
    folder: pathlib.Path,
    source: data.Source,
    metrics: Mapping[str, Any],
    confusion: evaluation.ConfusionMatrix,
    extremes: Extremes,
) -> None:
    """Writes metrics.json, per_class.csv, the pictures and report.html."""
    write_json(folder / "metrics.json", metrics)
    rows = evaluation.table_rows(confusion, source.class_names)
    write_text(folder / "per_class.csv", csv_text(rows))
    extremes.write(folder)
    shown = ["checkpoint", "data", "images", "mean_iou", "pixel_accuracy"]
    shown += [name for name in metrics if name.startswith("mean_iou ")]
    sections = [
        visualization.Section("Scores", facts={name: metrics[name] for name in shown}),
        *score_sections(confusion, source.class_names, folder),
        *extremes.sections(),
        visualization.Section("Flags", facts=metrics["flags"]),
    ]
    title = f"Evaluation of {metrics['checkpoint']}"
    visualization.write_report(folder / REPORT, title, sections, command())
