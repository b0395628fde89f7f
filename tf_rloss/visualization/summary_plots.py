"""Plots of repeated measurements: lines and bars with their spreads."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from tf_rloss.visualization.plots import finish_axes, save_figure


def lines_picture(
    series: Mapping[str, Mapping[float, Sequence[float]]],
    path: str | os.PathLike,
    *,
    xlabel: str,
    ylabel: str,
    levels: Mapping[str, float] | None = None,
) -> None:
    """Draws means over repetitions as lines, and their standard deviation as bars.

    Args:
        series: lines by name, each {x: the values of all repetitions at x}.
        path: PNG to write; replaced as a whole.
        xlabel: name of x.
        ylabel: name of the values.
        levels: heights of horizontal lines by name, such as that of full masks.

    Raises:
        ValueError: if there is no line.
    """
    if not series:
        raise ValueError("`series` must hold at least one line. Received: {}")
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for name, values in series.items():
        places = sorted(values)
        means = [np.mean(values[x]) for x in places]
        spreads = [_spread(values[x]) for x in places]
        axes.errorbar(places, means, spreads, label=name, marker="o", capsize=3)
    for name, height in (levels or {}).items():
        axes.axhline(height, label=name, color="0.3", linestyle="--", linewidth=1.2)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    finish_axes(axes)
    save_figure(figure, path)


def bars_picture(
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Sequence[float] | None]],
    path: str | os.PathLike,
    *,
    ylabel: str,
) -> None:
    """Draws a table as groups of bars, one group a column and one colour a row.

    The axis begins a little below the smallest value, not at zero.

    Args:
        columns: titles of the columns.
        rows: rows by title, each with the repetitions of every column, or None for a
            gap.
        path: PNG to write; replaced as a whole.
        ylabel: name of the values.

    Raises:
        ValueError: if there is nothing to draw.
    """
    known = [value for row in rows.values() for cell in row for value in cell or ()]
    if not known:
        raise ValueError("`rows` must hold at least one value. Received: none")
    figure = Figure(figsize=(1.6 + 1.4 * len(columns), 4.2), layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / len(rows)
    for number, (name, cells) in enumerate(rows.items()):
        shown = [(i, cell) for i, cell in enumerate(cells) if cell]
        places = [i + (number - (len(rows) - 1) / 2) * width for i, _ in shown]
        means = [float(np.mean(cell)) for _, cell in shown]
        spreads = [_spread(cell) for _, cell in shown]
        bars = axes.bar(
            places, means, width * 0.92, label=name, yerr=spreads, capsize=3
        )
        axes.bar_label(bars, [f"{mean:.1f}" for mean in means], padding=2, fontsize=8)
    margin = max(0.15 * (max(known) - min(known)), 0.5)
    axes.set_ylim(max(min(known) - 2 * margin, 0.0), max(known) + 2 * margin)
    axes.set_xticks(range(len(columns)), columns, rotation=15)
    axes.set_ylabel(ylabel)
    finish_axes(axes)
    save_figure(figure, path)


def _spread(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
