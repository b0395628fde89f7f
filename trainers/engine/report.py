"""The report of a run: report.html, one page to look at."""

import pathlib
import shlex
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from tf_rloss import data, evaluation, visualization
from tf_rloss.visualization import Section

from .run_folder import RunFolder
from .validation import Validator

STROKES_SHOWN = 6
"""Training images whose labels are shown."""


def write_run_report(
    folder: RunFolder,
    metrics: Mapping[str, Any],
    train_source: data.Source,
    validator: Validator,
) -> None:
    """Writes the report of a finished run into its folder.

    Args:
        folder: the run's folder, with its pictures.
        metrics: content of metrics.json.
        train_source: images that the network learned from.
        validator: has scored the last weights.
    """
    sections = [_scores(folder, metrics), labels_section(train_source)]
    if validator.confusion is not None:
        sections += score_sections(
            validator.confusion, train_source.class_names, folder.pictures
        )
        sections += validator.extremes.sections()
    config = folder.read_config()
    sections += [
        Section("Settings", facts=_flat(config["flags"])),
        Section("Data", facts=_without_digests(config["data"])),
    ]
    title = f"Training in {folder.path.resolve().name}"
    visualization.write_report(folder.report, title, sections, command())


def command() -> str:
    """Returns the command line of this process, as it can be typed again."""
    program = pathlib.Path(sys.argv[0])
    start = [program.name]
    if program.suffix == ".py":
        start = ["python", "-m", f"{program.parent.name}.{program.stem}"]
    return shlex.join([*start, *sys.argv[1:]])


def labels_section(source: data.Source) -> Section:
    """Returns counts of the labels, and the first images with their labels on them."""
    pictures = []
    for index in np.flatnonzero(source.labelled)[:STROKES_SHOWN].tolist():
        example = {k: v.numpy() for k, v in source.load_tensors(index).items()}
        scribbled = source.has_scribbles
        picture = visualization.labelled_image(
            example["image"],
            example["scribble"] if scribbled else None,
            None if scribbled else example["mask"],  # Masks are to validate on.
            source.palette,
        )
        present = [source.class_names[k] for k in np.flatnonzero(example["tags"])]
        pictures.append((f"{source.ids[index]}: {', '.join(present)}", picture))
    counts = [c[: source.num_classes].tolist() for c in source.label_counts.values()]
    return Section(
        "Labels to learn from",
        text=[f"{len(source)} training images of {source.name}; the first of them:"],
        warnings=source.warnings,
        columns=["class", *(f"pixels of {kind}" for kind in source.label_counts)],
        rows=list(zip(source.class_names, *counts, strict=True)) if counts else [],
        pictures=pictures,
        legend=(source.class_names, source.palette),
    )


def score_sections(
    confusion: evaluation.ConfusionMatrix,
    class_names: tuple[str, ...],
    folder: pathlib.Path,
) -> list[Section]:
    """Returns the IoU of each class and the confusion matrix.

    Args:
        confusion: counts of pixels.
        class_names: names of the classes.
        folder: where confusion.png is written.
    """
    picture = folder / "confusion.png"
    visualization.confusion_picture(confusion.matrix, class_names, picture)
    table = evaluation.table_rows(confusion, class_names)
    rows = [list(row.values()) for row in table]
    return [
        Section("IoU of each class", columns=list(table[0]), rows=rows),
        Section("Confusion matrix", pictures=[("confusion matrix", picture)]),
    ]


def _scores(folder: RunFolder, metrics: Mapping[str, Any]) -> Section:
    """Returns the scores of the run, with its curves."""
    rows = [
        (name, scores["epoch"], scores["mean_iou"], scores["pixel_accuracy"])
        for name in ("last", "best")
        if (scores := metrics.get(name))
    ]
    curves = folder.pictures / "curves.png"
    return Section(
        "Scores",
        text=[] if rows else ["There were no images to validate on."],
        facts={
            "epochs": metrics["epochs"],
            "steps": metrics["steps"],
            "seconds per epoch": metrics["seconds_per_epoch"],
        },
        columns=("weights", "epoch", "mean IoU", "pixel accuracy"),
        rows=rows,
        pictures=[("curves over the epochs", curves)] if curves.is_file() else [],
    )


def _flat(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings by name, those of a loss as one text."""
    return {
        name: ", ".join(f"{k}={v}" for k, v in value.items())
        if isinstance(value, Mapping)
        else value
        for name, value in flags.items()
    }


def _without_digests(described: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in described.items()
        if "digest" not in name and "palette" not in name
    }
