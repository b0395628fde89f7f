"""The table of a comparison: scores, and how much of the gap each method closes."""

import dataclasses
import statistics
from collections.abc import Sequence

from tf_rloss.files import csv_text

from ..methods.regularizers import REGULARIZERS
from .grid import align
from .options import FULL, PCE

CAPTIONS = {
    PCE: "partial cross-entropy (pCE)",
    **{name: f"pCE + {row.caption}" for name, row in REGULARIZERS.items()},
    FULL: "full masks",
}
"""Caption of each method in the table."""
TITLES = {
    PCE: "pCE",
    **{name: row.title for name, row in REGULARIZERS.items()},
    FULL: "full",
}
"""Title of each method in pictures."""


@dataclasses.dataclass(frozen=True)
class Row:
    """The scores of one method.

    Attributes:
        method: key of `CAPTIONS`.
        scores: seed -> mIoU, for the seeds that are done.
        seconds_per_epoch: seconds of an epoch of phase 2, median over epochs and seeds.
    """

    method: str
    scores: dict[int, float]
    seconds_per_epoch: float

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores.values())

    @property
    def spread(self) -> float | None:
        """Sample standard deviation over the seeds; None for a single one."""
        values = list(self.scores.values())
        return statistics.stdev(values) if len(values) > 1 else None


def gap_recovered(row: Row, rows: Sequence[Row]) -> float | None:
    """Returns the mean over seeds of (mIoU - pCE's) / (full masks' - pCE's).

    It is None where pCE or full masks are missing, or full masks score no higher.
    """
    known = {other.method: other.scores for other in rows}
    low, high = known.get(PCE, {}), known.get(FULL, {})
    shares = [
        (score - low[seed]) / (high[seed] - low[seed])
        for seed, score in row.scores.items()
        if seed in low and seed in high and high[seed] > low[seed]
    ]
    return statistics.fmean(shares) if shares else None


def table_cells(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Returns header and body of the table, as text."""
    seeds = sorted({seed for row in rows for seed in row.scores})
    header = ["method", "mIoU", "spread", "gap recovered", "s/epoch"]
    header += [f"seed {seed}" for seed in seeds]
    body = []
    for row in rows:
        spread, recovered = row.spread, gap_recovered(row, rows)
        cells = [
            CAPTIONS[row.method],
            f"{row.mean:.4f}",
            "-" if spread is None else f"{spread:.4f}",
            "-" if recovered is None else f"{100 * recovered:.0f} %",
            f"{row.seconds_per_epoch:.2f}",
        ]
        scores = (row.scores.get(seed) for seed in seeds)
        body.append(cells + ["-" if s is None else f"{s:.4f}" for s in scores])
    return header, body


def format_markdown(rows: Sequence[Row], note: str) -> str:
    """Returns the table in Markdown, columns aligned, with a note below."""
    header, body = table_cells(rows)
    return "\n".join([*align(header, body), "", note, ""])


def format_csv(rows: Sequence[Row]) -> str:
    """Returns a CSV with a line per method and seed, numbers unrounded."""
    lines = [
        {
            "method": row.method,
            "seed": seed,
            "mean_iou": score,
            "gap_recovered": gap_recovered(
                dataclasses.replace(row, scores={seed: score}), rows
            ),
            "seconds_per_epoch": row.seconds_per_epoch,
        }
        for row in rows
        for seed, score in row.scores.items()
    ]
    return csv_text(lines)


def best_weakly_supervised(rows: Sequence[Row]) -> tuple[str, int]:
    """Returns method and seed with the highest score, full masks only if alone."""
    weak = [row for row in rows if row.method != FULL] or rows
    row = max(weak, key=lambda row: row.mean)
    return row.method, max(row.scores, key=row.scores.get)
