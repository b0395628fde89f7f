"""Entries of a problem, and their rows of times and ratios."""

import dataclasses
from collections.abc import Sequence

from benchmarks.harness.measure import Handle, Times


@dataclasses.dataclass(frozen=True)
class Entry:
    """A contestant in a problem.

    Attributes:
        handle: the contestant.
        work: what it does; ratios are between entries that do the same.
        device: "CPU" or "GPU".
        yardstick: the name under which others are compared with it, or None.
        mb_above: MB that a call needs above inputs and outputs, where measured.
        unit: the contestant whose time is the unit of this one's, or None.
    """

    handle: Handle
    work: str
    device: str = "CPU"
    yardstick: str | None = None
    mb_above: float | None = None
    unit: Handle | None = None


def rows_of(entries: Sequence[Entry], times: dict[Handle, Times]) -> list[dict]:
    """Makes a row for each entry of a problem.

    Args:
        entries: of the problem.
        times: of their contestants.

    Returns:
        Rows with the name `who`, times in ms, and `vs_<yardstick>`: how many times
        faster than that yardstick an entry is.
    """
    rows = []
    for entry in entries:
        measured = times[entry.handle]
        row = {
            "who": entry.handle.name,
            "ms": measured.median_ms,
            "min_ms": measured.min_ms,
            "rival_ms": measured.rival_ms,
            "calls": measured.calls,
        }
        for other in entries:
            if other.yardstick and other.work == entry.work and other is not entry:
                ratio = times[other.handle].median_ms / measured.median_ms
                row[f"vs_{other.yardstick}"] = ratio
        rows.append(row)
    return rows
