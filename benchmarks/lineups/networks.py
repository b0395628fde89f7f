"""Makes the contestants and the rows of benchmarks/networks.py."""

from collections.abc import Sequence

from benchmarks.harness.measure import Handle, Times, Worker

COLUMNS = ("who", "step_ms", "min_ms", "vs_first", "calls")
_STEP = "benchmarks.contestants.steps:make"


def enter(
    workers: Sequence[Worker], problem: dict, models: Sequence[str]
) -> list[Handle]:
    """Makes a step with partial cross-entropy alone for each network.

    Args:
        workers: a process for each network, since networks stay in memory.
        problem: arguments of contestants.problem.Problem.
        models: names of tf_rloss.models.NAMES.
    """
    return [
        worker.make(model, _STEP, problem=problem, model=model)
        for worker, model in zip(workers, models, strict=True)
    ]


def rows_of(made: Sequence[Handle], times: dict[Handle, Times]) -> list[dict]:
    """Makes the row of each network.

    Args:
        made: the contestants of `enter`.
        times: of each.

    Returns:
        Rows with `step_ms`, the median; `min_ms`; and `vs_first`, the median over that
        of the first network.
    """
    first = times[made[0]].median_ms
    return [
        {
            "who": handle.name,
            "step_ms": times[handle].median_ms,
            "min_ms": times[handle].min_ms,
            "vs_first": times[handle].median_ms / first,
            "calls": times[handle].calls,
        }
        for handle in made
    ]
