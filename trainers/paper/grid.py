"""Tables in the paper's layout: our figures over seeds, and the paper's."""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence

from tf_rloss.files import csv_text

Scores = Mapping[int, float]
"""Seed -> a figure, such as mIoU in %."""

CSV_COLUMNS = ("row", "column", "source", "seed", "value")


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of our figures and the paper's.

    Attributes:
        title: title of the table.
        columns: titles of the columns.
        ours: title of a row -> for each column the figure of each seed, or None.
        paper: title of a row -> for each column the paper's figure, or None.
        digits: title of a row (`paper: ...` for the paper's) -> number of its decimals;
            other rows have one.
        notes: lines below the table.
    """

    title: str
    columns: Sequence[str]
    ours: Mapping[str, Sequence[Scores | None]]
    paper: Mapping[str, Sequence[float | None]] = dataclasses.field(
        default_factory=dict
    )
    digits: Mapping[str, int] = dataclasses.field(default_factory=dict)
    notes: Sequence[str] = ()

    def __post_init__(self):
        for kind in (self.ours, self.paper):
            for title, cells in kind.items():
                if len(cells) != len(self.columns):
                    raise ValueError(
                        f"Row {title!r} must have {len(self.columns)} cells. "
                        f"Received: {len(cells)}"
                    )

    def markdown(self) -> str:
        """Returns the table in Markdown, with the paper's rows marked as such."""
        papers = {f"paper: {title}": cells for title, cells in self.paper.items()}
        body = [
            [title, *(self._show(title, cell) for cell in cells)]
            for title, cells in [*self.ours.items(), *papers.items()]
        ]
        lines = align(["", *self.columns], body)
        seeds = sorted({s for row in self.ours.values() for c in row for s in c or ()})
        notes = list(self.notes)
        if len(seeds) > 1:
            notes.insert(0, f"Mean ± standard deviation over seeds {seeds}.")
        if self.paper:
            notes.insert(0, "Rows marked `paper` are the paper's, on its own data.")
        return "\n".join([f"# {self.title}", "", *lines, "", *_paragraphs(notes)])

    def csv(self) -> str:
        """Returns a CSV with a line per figure, unrounded."""
        ours = [
            {"row": title, "column": column, "source": "ours", "seed": seed, "value": v}
            for title, cells in self.ours.items()
            for column, cell in zip(self.columns, cells, strict=True)
            for seed, v in (cell or {}).items()
        ]
        papers = [
            {"row": title, "column": column, "source": "paper", "value": value}
            for title, cells in self.paper.items()
            for column, value in zip(self.columns, cells, strict=True)
            if value is not None
        ]
        return csv_text([*ours, *papers], CSV_COLUMNS)

    def _show(self, title: str, cell: Scores | float | None) -> str:
        digits = self.digits.get(title, 1)
        if not cell and cell != 0:
            return "n/a"
        if not isinstance(cell, Mapping):
            return f"{cell:.{digits}f}"
        values = list(cell.values())
        text = f"{statistics.fmean(values):.{digits}f}"
        if len(values) > 1:
            text += f" ± {statistics.stdev(values):.{digits}f}"
        return text


def as_lines(
    rows: Mapping[str, Sequence[Scores]], places: Sequence[float]
) -> dict[str, dict[float, list[float]]]:
    """Returns each row as a line for `visualization.lines_picture`.

    Args:
        rows: title of a row -> for each place the figure of each seed.
        places: the place of each column on the x axis.
    """
    return {
        title: {x: list(s.values()) for x, s in zip(places, row, strict=True)}
        for title, row in rows.items()
    }


def align(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Returns the lines of a Markdown table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
    rule = ["-" * max(width, 3) for width in widths]
    widths = [len(cell) for cell in rule]
    return [
        f"| {' | '.join(c.ljust(w) for c, w in zip(line, widths, strict=True))} |"
        for line in (header, rule, *body)
    ]


def _paragraphs(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in (note, "")]
