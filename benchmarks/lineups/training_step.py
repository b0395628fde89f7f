"""Makes the contestants and the rows of benchmarks/training_step.py."""

from benchmarks.harness.measure import Handle, Times, Worker

COLUMNS = ("who", "alone_ms", "step_ms", "added_ms", "share_%", "calls")
# The kinds of contestants/losses.py, and their names in tables.
_LOSSES = {
    "dense_crf": "dense CRF loss",
    "normalized_cut": "normalized cut loss",
    "kernel_cut": "kernel cut loss",
    "proposals": "mean-field proposals",
}
# From table 3 of Tang et al., ECCV 2018: the ms of the loss and of the whole step for a
# batch on the authors' GPU. The proposals are SEC's constrain-to-boundary loss.
_OF_PAPER = (
    ("the paper's: CRF loss", 120.0, 980.0),
    ("the paper's: mean-field proposals", 330.0, 1190.0),
)


def enter(
    worker: Worker,
    problem: dict,
    model: str,
    device: str = "CPU",
    compiled: bool = False,
) -> dict[tuple[str | None, str], Handle]:
    """Makes the losses alone, and the steps of a model.

    Args:
        worker: the process that runs them.
        problem: arguments of contestants.problem.Problem.
        model: one of tf_rloss.models.NAMES.
        device: "CPU" or "GPU".
        compiled: whether XLA compiles losses and steps.

    Returns:
        (kind of the loss or None, "alone" or "step") -> contestant.
    """
    shared = {"problem": problem, "device": device, "compiled": compiled}
    step = "benchmarks.contestants.steps:make"
    made = {(None, "step"): worker.make("step", step, model=model, **shared)}
    for kind in _LOSSES:
        loss = "benchmarks.contestants.losses:make"
        made[kind, "alone"] = worker.make(kind, loss, kind=kind, **shared)
        made[kind, "step"] = worker.make(
            f"step with {kind}", step, model=model, kind=kind, **shared
        )
    return made


def rows_of(
    made: dict[tuple[str | None, str], Handle], times: dict[Handle, Times]
) -> list[dict]:
    """Makes the row of the step without another loss, then one for each loss.

    Args:
        made: the contestants of `enter`.
        times: of each.

    Returns:
        Rows with `alone_ms` and `step_ms`, medians of the loss alone and of the step
        with it; `share_%`, the former over the latter; and `added_ms`, the difference
        of the fastest steps with and without the loss.
    """
    plain = times[made[None, "step"]]
    rows = [
        {
            "who": "partial cross-entropy alone",
            "step_ms": plain.median_ms,
            "calls": plain.calls,
        }
    ]
    for kind, title in _LOSSES.items():
        alone, step = times[made[kind, "alone"]], times[made[kind, "step"]]
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
    """Returns the published figures in the same columns."""
    return [
        {"who": who, "alone_ms": own, "step_ms": step, "share_%": 100 * own / step}
        for who, own, step in _OF_PAPER
    ]


def points_of(rows: list[dict]) -> list[dict]:
    """Returns the plot's points: the step without another loss, and each loss alone."""
    plain, *others = rows
    step = {"who": "step with partial cross-entropy", "ms": plain["step_ms"]}
    return [step] + [{"who": row["who"], "ms": row["alone_ms"]} for row in others]
