"""Tables on the terminal, CSV files and plots."""

import contextlib
import csv
import os
import pathlib
import platform
from collections.abc import Iterator, Sequence


def cell(value) -> str:
    """A number with three figures, or a text."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: Sequence[dict], columns: Sequence[str]) -> str:
    """The columns of rows as text; those without a single value are left out."""
    columns = [c for c in columns if any(row.get(c) is not None for row in rows)]
    lines = [columns] + [[cell(row.get(c)) for c in columns] for row in rows]
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


@contextlib.contextmanager
def new_file(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a temporary name that becomes `path` when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_csv(rows: Sequence[dict], path: pathlib.Path) -> None:
    """Writes rows; the columns are all keys, in the order in which they come up."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with new_file(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_plot(groups: dict[str, Sequence[dict]], path: pathlib.Path, title: str):
    """Draws a panel for each group, with a point for the ms of each row.

    Args:
        groups: title of a panel -> rows with "who", "ms" and perhaps "floor_ms",
            which becomes a line.
        path: the picture.
        title: above all panels.
    """
    from matplotlib import figure

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
                cell(float(row["ms"])),
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
    with new_file(path) as temporary:
        picture.savefig(temporary, dpi=120)


def processor() -> str:
    """The name of this machine's processor."""
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
