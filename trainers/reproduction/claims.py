"""What the paper claims, checked on what came out here."""

import statistics
from collections.abc import Sequence

from .grid import Scores


def difference(text: str, larger: Scores, smaller: Scores) -> str:
    """A line that says whether `larger` exceeds `smaller`, seed by seed.

    Args:
        text: the claim.
        larger: figures that the claim calls larger.
        smaller: those that it calls smaller.

    Returns:
        The claim, the mean difference over the seeds of both with its standard
        deviation, and the verdict: it holds if the mean difference is above 0, and
        within the spread if it is no lower than minus its standard deviation.
    """
    gaps = [larger[seed] - smaller[seed] for seed in larger if seed in smaller]
    if not gaps:
        return f"- {text}: not measured"
    mean = statistics.fmean(gaps)
    spread = statistics.stdev(gaps) if len(gaps) > 1 else 0.0
    above = sum(gap > 0 for gap in gaps)
    digits = 2 if abs(mean) >= 0.1 else 4
    shown = f"{mean:+.{digits}f}"
    if len(gaps) > 1:
        shown += f" ± {spread:.{digits}f}"
    if mean > 0:
        verdict = "holds"
    elif mean >= -spread and len(gaps) > 1:
        verdict = "equal within the spread"
    else:
        verdict = "does not hold"
    return f"- {text}: {shown}, above in {above} of {len(gaps)} seeds: {verdict}"


def claims(lines: Sequence[str]) -> str:
    """The lines as one note of a table."""
    return "\n".join(["What the paper claims, and what came out here:", "", *lines])
