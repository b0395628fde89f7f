"""Pictures for tables and figures: predictions side by side, scribbles and curves."""

import pathlib
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from tf_rloss import data, evaluation, visualization

from ..datasets.sources import training_sources
from ..engine.result import Result
from .runs import Run
from .study import Study

PICTURED = 8


def draw_predictions(study: Study, runs: Mapping[str, Run], name: str) -> None:
    """Draws image, supervision, truth and what each training predicts.

    Args:
        study: the study, whose first bench is shown.
        runs: title of a column -> training.
        name: name of the PNG, without the suffix.
    """
    bench = study.first
    _, val = training_sources(bench.flags(next(iter(runs.values()))))
    path = study.folder / f"{name}.png"
    files = {title: bench.result(run).last for title, run in runs.items()}
    draw_contact_sheet(files, val, path)
    print(f"Picture: {path}")


def draw_contact_sheet(
    files: Mapping[str, pathlib.Path],
    source: data.Source,
    path: pathlib.Path,
) -> None:
    """Draws image, scribble, truth and the prediction of each network.

    Args:
        files: title of a column -> the network, a `.keras` file.
        source: images to show some of.
        path: PNG to write.
    """
    count = min(PICTURED, len(source))
    chosen = np.linspace(0, len(source) - 1, count).round().astype(int)
    shown = list(data.eval_pipeline(source.take(chosen)).as_numpy_iterator())
    palette, form = source.palette, source.image_form
    titles = ["image", *(["scribble"] if source.has_scribbles else []), "truth"]
    rows = []
    for example in shown:
        row = [form.picture(example["image"])]
        if source.has_scribbles:
            row.append(scribble_picture(example, palette, form))
        rows.append([*row, visualization.label_image(example["mask"], palette)])
    for title, file in files.items():
        segmenter = keras.saving.load_model(file, compile=False)
        predict = evaluation.make_predict(segmenter)
        titles.append(title)
        for row, example in zip(rows, shown, strict=True):
            probs = predict(example["image"], example["mask"].shape)
            label_map = probs.argmax(-1).astype(np.uint8)
            row.append(visualization.label_image(label_map, palette))
    legend = (source.class_names, palette)
    visualization.contact_sheet(rows, path, titles, legend=legend, max_cell_width=240)


def scribble_picture(
    example: dict[str, np.ndarray], palette: np.ndarray, form: data.ImageForm
) -> np.ndarray:
    """Returns the image with its scribbles in full colour, at the image's size."""
    image = form.picture(example["image"])
    height, width = image.shape[:2]
    scribble = example["scribble"]
    row = np.arange(height) * scribble.shape[0] // height
    column = np.arange(width) * scribble.shape[1] // width
    scribble = scribble[row[:, None], column]
    return visualization.overlay(image, scribble, palette, alpha=1.0)


def draw_curves(runs: Mapping[str, tuple[Result, Result]], path: pathlib.Path) -> None:
    """Draws the validation mIoU of each method over both phases.

    Args:
        runs: title of a method -> the results of phase 1 and of phase 2.
        path: PNG to write.
    """
    series = {}
    for title, (first, second) in runs.items():
        values = [*first.column("val_miou"), *second.column("val_miou")]
        if set(values) != {None}:
            series[title] = values
    if series:
        visualization.curves_picture(series, path, ylabel="validation mIoU")


def scribble_rows(sources: Sequence[data.Source]) -> list[list[np.ndarray]]:
    """Returns a row for each image, with its scribbles in each of the sources."""
    columns = [
        [
            scribble_picture(example, source.palette, source.image_form)
            for example in data.eval_pipeline(source).as_numpy_iterator()
        ]
        for source in sources
    ]
    return [list(row) for row in zip(*columns, strict=True)]
