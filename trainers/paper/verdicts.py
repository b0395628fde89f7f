"""Verdicts on the paper's claims, from differences between runs of the same seed."""

import statistics
from collections.abc import Sequence

import scipy.stats

from .grid import Scores

CONFIDENCE = 0.95
"""Confidence of the interval of the mean difference."""


def difference(text: str, larger: Scores, smaller: Scores) -> str:
    """Returns a line with the verdict on a claim that some figures exceed others.

    The verdict rests on the 95 % interval (Student's t) of the mean difference between
    two runs of the same seed. The claim "holds" if the interval lies above 0, "does not
    hold" if it lies below 0, and otherwise "cannot be told". One seed has no interval.

    Args:
        text: the claim.
        larger: figures that the claim calls larger, by seed.
        smaller: figures that it calls smaller, by seed.
    """
    gaps = [larger[seed] - smaller[seed] for seed in larger if seed in smaller]
    if not gaps:
        return f"- {text}: not measured"
    mean, half = statistics.fmean(gaps), half_width(gaps)
    digits = 2 if abs(mean) >= 0.1 else 4
    shown = f"{mean:+.{digits}f}"
    if half is None:
        return f"- {text}: {shown}, one seed: cannot be told"
    shown += f" ± {half:.{digits}f}"
    if mean - half > 0:
        verdict = "holds"
    elif mean + half < 0:
        verdict = "does not hold"
    else:
        verdict = "cannot be told"
    above = sum(gap > 0 for gap in gaps)
    return f"- {text}: {shown}, above in {above} of {len(gaps)} seeds: {verdict}"


def half_width(values: Sequence[float]) -> float | None:
    """Returns half the width of the 95 % interval of the mean; None for one value."""
    if len(values) < 2:
        return None
    t = scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)
    return float(t * statistics.stdev(values) / len(values) ** 0.5)


def verdicts(lines: Sequence[str]) -> str:
    """Returns the lines as one note of a table."""
    return "\n".join(
        [
            "What the paper claims, and what came out here (mean difference between "
            "pairs of one seed and its 95 % interval):",
            "",
            *lines,
        ]
    )
