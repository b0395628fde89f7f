"""Rows of figures: training steps and what each loss takes of them."""

from benchmarks import measure

_MODULE = "benchmarks.step_contestants"
_TERMS = {
    "crf": "dense CRF loss",
    "ncut": "normalized cut loss",
    "kernelcut": "kernel cut loss",
    "proposals": "mean-field proposals",
}
COLUMNS = ("who", "alone_ms", "step_ms", "added_ms", "share_%", "calls")
# From table 3 of Tang et al., ECCV 2018, in seconds a batch on their GPU; not measured
# here. Their other layer is SEC's constrain-to-boundary loss.
_OF_PAPER = (
    ("the paper's: CRF loss", 120.0, 980.0),
    ("the paper's: mean-field proposals", 330.0, 1190.0),
)


def enter(worker, problem, model, device="CPU", compiled=False) -> dict:
    """Makes the terms alone and the steps of a model.

    Returns:
        (name of the term or None, "alone" or "step") -> contestant.
    """
    shared = {"problem": problem, "device": device, "compiled": compiled}
    made = {
        (None, "step"): worker.make("step", f"{_MODULE}:step", model=model, **shared)
    }
    for term in _TERMS:
        made[term, "alone"] = worker.make(term, f"{_MODULE}:term", term=term, **shared)
        made[term, "step"] = worker.make(
            f"step with {term}", f"{_MODULE}:step", model=model, term=term, **shared
        )
    return made


def rows_of(made: dict, times: dict[measure.Contestant, measure.Times]) -> list[dict]:
    """The plain step, then a row for each term.

    `share_%` is the time of the term alone over that of the step with it, `added_ms`
    the difference of both steps at their quickest.
    """
    plain = times[made[None, "step"]]
    rows = [
        {
            "who": "partial cross-entropy alone",
            "step_ms": plain.median_ms,
            "calls": plain.calls,
        }
    ]
    for term, title in _TERMS.items():
        alone, step = times[made[term, "alone"]], times[made[term, "step"]]
        rows.append(
            {
                "who": title,
                "alone_ms": alone.median_ms,
                "step_ms": step.median_ms,
                "added_ms": step.min_ms - plain.min_ms,
                "share_%": 100 * alone.median_ms / step.median_ms,
                "calls": step.calls,
            }
        )
    return rows


def rows_of_paper() -> list[dict]:
    """The published figures in the same columns."""
    return [
        {"who": who, "alone_ms": own, "step_ms": step, "share_%": 100 * own / step}
        for who, own, step in _OF_PAPER
    ]


def points_of(rows: list[dict]) -> list[dict]:
    """What the plot shows: the step without a term, and each term alone."""
    plain, *terms = rows
    step = {"who": "step with partial cross-entropy", "ms": plain["step_ms"]}
    return [step] + [{"who": row["who"], "ms": row["alone_ms"]} for row in terms]
