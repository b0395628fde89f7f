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
from .summed_scores import sum_parts, write_part

AS_IS = "as they are"
"""Name of the confusion matrix of the masks as they are."""
NO_VOID = "without void"
"""Name of the scores with masks whose void is filled."""


def evaluate(given: Given) -> dict[str, Any]:
    """Scores as the flags say, prints the table and writes the results.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Returns:
        The content of metrics.json.
    """
    options, images = build(ScoringOptions, given), build(DataOptions, given)
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
    shard = options.part
    if shard is not None:
        source = source.take(shard.take(range(len(source))))
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
    facts = {
        "checkpoint": str(trained.path),
        "data": source.name,
        "on": options.on,
        "scales": list(options.scales),
        "flip": options.flip,
        "stretch_to": options.stretch_to,
        "image_scale": image_scale,
        "post-processing": crf,
    }
    folder, flags = _own_folder(given), dict(given)
    if shard is None:
        return write_results(folder, source, facts, flags, confusions, extremes)
    part = shard.folder(folder)
    metrics = write_results(part, source, facts, flags, confusions, extremes)
    shared = {k: v for k, v in flags.items() if k not in ("shard", "output_dir")}
    write_part(part, len(source), shared, confusions)
    summed = sum_parts(folder, shard.count)
    if summed is None:
        print(f"The score of all is written to {folder} once all parts are there.")
        return metrics
    flags.pop("shard")
    images, confusions = summed
    print(f"All {shard.count} parts, {images} images:")
    return write_results(folder, source, facts, flags, confusions, None, images)


def _own_folder(given: Given) -> pathlib.Path:
    """Returns `output_dir`; the usual one with a number if it has other results."""
    folder = pathlib.Path(given["output_dir"])
    if given["output_dir"] != defaults.SCORES_DIR:
        return folder
    flags = json.loads(json.dumps({k: v for k, v in given.items() if k != "shard"}))
    for number in itertools.count(2):
        try:
            found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return folder
        if found.get("flags") == flags:
            return folder
        folder = pathlib.Path(f"{given['output_dir']}-{number}")


def near_borders_name(width: int) -> str:
    """Returns the name of the scores of a band of this width in pixels."""
    return f"within {width} px of borders"


def other_masks(
    options: ScoringOptions,
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Returns functions from a mask to another one that is scored with, by name."""
    others = {}
    if options.trimap_width is not None:
        width = options.trimap_width
        others[near_borders_name(width)] = functools.partial(
            evaluation.near_borders, width=width
        )
    if options.fill_void:
        others[NO_VOID] = evaluation.fill_void
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
    facts: Mapping[str, Any],
    flags: Given,
    confusions: Mapping[str, evaluation.ConfusionMatrix],
    extremes: Extremes | None,
    images: int | None = None,
) -> dict[str, Any]:
    """Prints the scores, and writes metrics.json, tables, pictures and report.html.

    Args:
        folder: folder to write into.
        source: the images, with the names of their classes.
        facts: what was scored, and how.
        flags: the flags of the program.
        confusions: confusion matrices by name.
        extremes: the extreme images; None: they are not shown.
        images: number of images. Default: those of `source`.

    Returns:
        The content of metrics.json.
    """
    names, confusion = source.class_names, confusions[AS_IS]
    print(evaluation.format_table(confusion, names))
    others = {}
    for name, other in confusions.items():
        if name != AS_IS:
            print(f"mean_iou {name}: {other.mean_iou:.4f}")
            others[f"mean_iou {name}"] = evaluation.summarize(other, names)["mean_iou"]
    metrics = {
        **facts,
        "images": len(source) if images is None else images,
        **evaluation.summarize(confusion, names),
        **others,
        "flags": dict(flags),
    }
    write_json(folder / "metrics.json", metrics)
    rows = evaluation.table_rows(confusion, names)
    write_text(folder / "per_class.csv", csv_text(rows))
    shown = ["checkpoint", "data", "images", "mean_iou", *others, "pixel_accuracy"]
    sections = [
        visualization.Section("Scores", facts={name: metrics[name] for name in shown}),
        *score_sections(confusion, names, folder),
    ]
    if extremes is not None:
        extremes.write(folder)
        sections += extremes.sections()
    sections.append(visualization.Section("Flags", facts=metrics["flags"]))
    title = f"Evaluation of {metrics['checkpoint']}"
    visualization.write_report(folder / REPORT, title, sections, command())
    print(f"Report: {folder / REPORT}")
    return metrics
