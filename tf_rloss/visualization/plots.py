"""Plots of a confusion matrix and of curves, with matplotlib."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tf_rloss.files import atomic_file

# Up to this many classes every cell of a confusion matrix carries its number.
_MAX_NUMBERED_CLASSES = 24


def confusion_picture(
    matrix: np.ndarray, class_names: Sequence[str], path: str | os.PathLike
) -> None:
    """Draws a confusion matrix, each row as shares of its true class.

    The IoU of every class, tp / (row + column - tp), stands at the right.

    Args:
        matrix: counts (K, K); row = true class, column = predicted class.
        class_names: K names.
        path: PNG to write; replaced as a whole.

    Raises:
        ValueError: if the matrix is not (K, K) for K names.
    """
    matrix = np.asarray(matrix, np.float64)
    count = len(class_names)
    if matrix.shape != (count, count):
        raise ValueError(
            f"`matrix` must be ({count}, {count}) for {count} `class_names`. "
            f"Received: shape {matrix.shape}"
        )
    truth = matrix.sum(axis=1)
    share = matrix / np.maximum(truth, 1)[:, None]
    union = truth + matrix.sum(axis=0) - np.diag(matrix)

    side = 2.6 + 0.42 * count
    figure = Figure(figsize=(side + 1.2, side), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(count), class_names, rotation=45, ha="right")
    axes.set_yticks(range(count), class_names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title("Confusion matrix (% of the true class)")
    if count <= _MAX_NUMBERED_CLASSES:
        for i, j in np.ndindex(count, count):
            if truth[i]:
                ink = "white" if share[i, j] > 0.6 else "0.25"
                text = f"{100 * share[i, j]:.0f}"
                axes.text(j, i, text, ha="center", va="center", color=ink, fontsize=8)
    iou_axis = axes.secondary_yaxis("right")
    ious = [
        f"{matrix[i, i] / union[i]:.3f}" if union[i] else "n/a" for i in range(count)
    ]
    iou_axis.set_yticks(range(count), ious)
    iou_axis.set_ylabel("IoU")
    iou_axis.tick_params(length=0)
    axes.tick_params(length=0)
    save_figure(figure, path)


def curves_picture(
    series: Mapping[str, Sequence[float | None]],
    path: str | os.PathLike,
    *,
    ylabel: str = "",
    xlabel: str = "epoch",
) -> None:
    """Draws curves over the epochs 1, 2, ... in one plot.

    Args:
        series: curves by name, each a value for every epoch, None where nothing was
            measured.
        path: PNG to write; replaced as a whole.
        ylabel: name of the values.
        xlabel: name of the steps.

    Raises:
        ValueError: if there is no curve.
    """
    if not series:
        raise ValueError("`series` must hold at least one curve. Received: {}")
    panels_picture({ylabel: series}, path, xlabel=xlabel)


def panels_picture(
    panels: Mapping[str, Mapping[str, Sequence[float | None]]],
    path: str | os.PathLike,
    *,
    xlabel: str = "epoch",
) -> None:
    """Draws plots of curves one below the other, over the same epochs 1, 2, ...

    Args:
        panels: for each plot, the name of its values and its curves, as in
            `curves_picture`.
        path: PNG to write; replaced as a whole.
        xlabel: name of the steps.

    Raises:
        ValueError: if there is no plot, or one without a curve.
    """
    if not panels or not all(panels.values()):
        raise ValueError(
            f"`panels` must hold plots with one curve at least. Received: {panels}"
        )
    figure = Figure(figsize=(7, 1.4 + 2.8 * len(panels)), layout="constrained")
    plots = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (ylabel, series) in zip(plots, panels.items(), strict=True):
        _draw_curves(axes, series, ylabel)
    plots[-1].set_xlabel(xlabel)
    save_figure(figure, path)


def _draw_curves(
    axes: Axes, series: Mapping[str, Sequence[float | None]], ylabel: str
) -> None:
    for name, values in series.items():
        known = [(n, value) for n, value in enumerate(values, 1) if value is not None]
        # Dots show where a value was measured, if that is not everywhere.
        marker = "o" if len(known) < max(len(values), 2) else None
        axes.plot(*zip(*known, strict=True), label=name, linewidth=1.8, marker=marker)
    axes.set_ylabel(ylabel)
    axes.xaxis.get_major_locator().set_params(integer=True)
    finish_axes(axes)


def finish_axes(axes: Axes) -> None:
    """Gives a plot the grid, frame and legend of all others."""
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Renders without pyplot, which would keep every figure alive."""
    FigureCanvasAgg(figure)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, dpi=120)
