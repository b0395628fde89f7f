"""From problems to rows of figures: the losses and their yardsticks."""

from benchmarks import measure
from benchmarks.workers import Workers

_MODULE = "benchmarks.loss_contestants"
_LOSSES = {
    "dense_crf": "dense CRF",
    "equalized": "dense CRF, equalized",
    "normalized_cut": "normalized cut",
    "kernel_cut": "kernel cut, one affinity",
    "kernel_cut_2": "kernel cut, two affinities",
}
COLUMNS = ("who", "ms", "min_ms", "rival_ms", "of_crf", "vs_plain", "vs_rloss", "calls")


def enter(workers: Workers, scenario, problem, libraries, with_xla=True) -> dict:
    """Makes the contestants of a problem.

    Args:
        workers: where they run.
        scenario: the problem.
        problem: arguments of filter_contestants.Problem.
        libraries: of the yardsticks, by their name, "plain" or "rloss".
        with_xla: whether to measure the losses under XLA as well.

    Returns:
        contestant -> that of the CRF loss in the same mode; None for the yardsticks.
    """
    crf_of = {}
    for device in workers.devices():
        worker, facts = workers.tensorflow(device, scenario.threads)
        for compiled in (False, True) if with_xla and facts["xla"] else (False,):
            mode = (", XLA" if compiled else "") + ("" if device == "CPU" else " (GPU)")
            made = {}
            for kind, title in _LOSSES.items():
                made[kind] = worker.make(
                    title + mode,
                    f"{_MODULE}:loss",
                    problem=problem,
                    kind=kind,
                    device=device,
                    compiled=compiled,
                )
            crf_of |= dict.fromkeys(made.values(), made["dense_crf"])
    for who, library in libraries.items():
        contestant = workers.native.make(
            f"dense CRF of {who}",
            f"{_MODULE}:reference_loss",
            problem=problem,
            library=library,
            who=who,
            threads=scenario.threads,
        )
        crf_of[contestant] = None
    return crf_of


def rows_of(crf_of: dict, times: dict[measure.Contestant, measure.Times]) -> list[dict]:
    """A row for each contestant; `of_crf` is its time over the CRF loss'."""
    rows = []
    for contestant, crf in crf_of.items():
        measured = times[contestant]
        row = {
            "who": contestant.name,
            "ms": measured.median_ms,
            "min_ms": measured.min_ms,
            "rival_ms": measured.rival_ms,
            "calls": measured.calls,
        }
        if crf is not None:
            row["of_crf"] = measured.median_ms / times[crf].median_ms
        for other in (c for c, its_crf in crf_of.items() if its_crf is None):
            if other is not contestant:
                ratio = times[other].median_ms / measured.median_ms
                row[f"vs_{other.name.rpartition(' ')[2]}"] = ratio
        rows.append(row)
    return rows
