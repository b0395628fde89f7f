"""Tables on the terminal, CSV files and plots."""

import csv
import io
import os
import pathlib
import platform
from collections.abc import Callable, Sequence


def three_figures(value) -> str:
    """Formats a float with three figures or at most two decimals, others by `str`."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(
    rows: Sequence[dict],
    columns: Sequence[str],
    to_text: Callable[[object], str] = three_figures,
) -> str:
    """Formats rows as text, with columns of text at the left and numbers at the right.

    Args:
        rows: column -> value.
        columns: to show, in order; those without a value in any row are left out.
        to_text: formats a value.
    """
    columns = [c for c in columns if any(row.get(c) is not None for row in rows)]
    lines = [columns] + [[to_text(row.get(c)) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    texts = [
        isinstance(next(r[c] for r in rows if r.get(c) is not None), str)
        for c in columns
    ]
    return "\n".join(
        "  ".join(
            word.ljust(width) if is_text else word.rjust(width)
            for word, width, is_text in zip(line, widths, texts, strict=True)
        ).rstrip()
        for line in lines
    )


def csv_text(rows: Sequence[dict]) -> str:
    """Formats rows as CSV; the columns are all keys, in order of first appearance."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, list(dict.fromkeys(key for row in rows for key in row))
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Sequence[dict], path: pathlib.Path) -> None:
    """Writes rows as a CSV file, which appears complete or not at all."""
    with _atomic_file(path) as temporary:
        temporary.write_text(csv_text(rows), newline="")


def write_plot(groups: dict[str, Sequence[dict]], path: pathlib.Path, title: str):
    """Draws a panel for each group, with a point at the `ms` of each row.

    Args:
        groups: title of a panel -> rows with `who`, `ms`, and perhaps `floor_ms`,
            which becomes a dashed line.
        path: of the picture, which appears complete or not at all.
        title: above all panels.
    """
    from matplotlib import figure  # takes a second

    heights = [0.6 + 0.25 * len(rows) for rows in groups.values()]
    picture = figure.Figure((8, 0.6 + sum(heights)), layout="constrained")
    picture.suptitle(title)
    panels = picture.subplots(
        len(groups), 1, squeeze=False, sharex=True, height_ratios=heights
    )[:, 0]
    label = "ms (log scale)"
    for panel, (name, rows) in zip(panels, groups.items(), strict=True):
        panel.plot([row["ms"] for row in rows], [row["who"] for row in rows], "o")
        for row in rows:
            panel.annotate(
                three_figures(float(row["ms"])),
                (row["ms"], row["who"]),
                xytext=(6, 0),
                textcoords="offset points",
                verticalalignment="center",
                fontsize="small",
            )
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.margins(x=0.12, y=0.06)
        panel.grid(axis="both", alpha=0.3)
        panel.set_title(name, loc="left", fontsize="medium")
        floor = next((row["floor_ms"] for row in rows if row.get("floor_ms")), None)
        if floor:
            panel.axvline(floor, color="black", linestyle="--")
            label = "ms (log scale); dashed: what copying the data would take"
    panels[-1].set_xlabel(label)
    with _atomic_file(path) as temporary:
        picture.savefig(temporary, dpi=120)


def _atomic_file(path):
    # This imports TensorFlow, which takes seconds and which benchmarks/gpu.py must not.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tf_rloss.files import atomic_file

    return atomic_file(path)


def processor() -> str:
    """Returns the name of this machine's processor."""
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
