"""Makes the contestants and the rows of benchmarks/losses.py."""

from collections.abc import Sequence

from benchmarks.contestants import plain, rloss
from benchmarks.harness import rows
from benchmarks.harness.arena import Options
from benchmarks.harness.measure import Handle, Times
from benchmarks.harness.rows import Entry
from benchmarks.harness.scenarios import Scenario
from benchmarks.harness.workers import Workers

COLUMNS = ("who", "ms", "min_ms", "rival_ms", "of_crf", "vs_plain", "vs_rloss", "calls")
# The kinds of contestants/losses.py, and their names in tables.
_LOSSES = {
    "dense_crf": "dense CRF",
    "equalized": "dense CRF, equalized",
    "normalized_cut": "normalized cut",
    "kernel_cut": "kernel cut, one affinity",
    "kernel_cut_2": "kernel cut, two affinities",
}


class Lineup:
    """Makes the contestants of each problem of a run.

    Args:
        options: of the run.
        workers: the processes that run the contestants.
    """

    def __init__(self, options: Options, workers: Workers):
        self._xla = options.xla
        self._workers = workers
        self._libraries = {"plain": plain.build()} if options.plain else {}
        if options.rloss:
            self._libraries["rloss"] = rloss.build(options.rloss)

    def enter(self, scenario: Scenario, problem: dict) -> list[Entry]:
        """Makes the contestants of a problem.

        Args:
            scenario: the problem.
            problem: arguments of contestants.problem.Problem.
        """
        entries = []
        for device in self._workers.devices():
            worker, facts = self._workers.tensorflow(device, scenario.threads)
            for compiled in (False, True) if self._xla and facts["xla"] else (False,):
                mode = ", XLA" if compiled else ""
                mode += "" if device == "CPU" else " (GPU)"
                options = {"device": device, "compiled": compiled, "problem": problem}
                maker = "benchmarks.contestants.losses:make"
                handles = [
                    worker.make(title + mode, maker, kind=kind, **options)
                    for kind, title in _LOSSES.items()
                ]
                entries += [Entry(h, "loss", device, unit=handles[0]) for h in handles]
        for who, library in self._libraries.items():
            handle = self._workers.native.make(
                f"dense CRF of {who}",
                "benchmarks.contestants.numpy_loss:make",
                problem=problem,
                library=library,
                who=who,
                threads=scenario.threads,
            )
            entries.append(Entry(handle, "loss", yardstick=who))
        return entries


def rows_of(entries: Sequence[Entry], times: dict[Handle, Times]) -> list[dict]:
    """Makes a row for each entry.

    Returns:
        The rows of `rows.rows_of`; for the losses of this package also `of_crf`, the
        time over that of the CRF loss in the same mode.
    """
    made = rows.rows_of(entries, times)
    for entry, row in zip(entries, made, strict=True):
        if entry.unit is not None:
            row["of_crf"] = row["ms"] / times[entry.unit].median_ms
    return made
