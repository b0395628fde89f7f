"""Makes the contestants and the rows of benchmarks/filter.py."""

from collections.abc import Sequence

from benchmarks.contestants import lattice, plain, rloss
from benchmarks.harness import rows
from benchmarks.harness.arena import Options
from benchmarks.harness.measure import Handle, Times
from benchmarks.harness.rows import Entry
from benchmarks.harness.scenarios import Scenario
from benchmarks.harness.workers import Workers

COLUMNS = (
    "who",
    "ms",
    "min_ms",
    "rival_ms",
    "vs_plain",
    "vs_rloss",
    "vs_pydensecrf",
    "gb_per_s",
    "of_copy_%",
    "mb_above",
    "calls",
)
COPIED_MB = 64
_CONTESTANTS = "benchmarks.contestants"
_CORE = "C++, output reused"
# The kind in contestants/op.py, the name in tables, and the work, which is one filter
# or ten on one lattice.
_KINDS = (
    ("symmetric", "op", "filter"),
    ("one order", "op, one order", "filter"),
    ("equalized", "op, equalized", "filter"),
    ("with features", "bilateral_filter", "filter"),
    ("xla", "op, XLA", "filter"),
    ("lattice", "op, lattice alone", "construction"),
    ("ten", "ten filters, one lattice", "ten"),
    ("mean field", "mean field, two kernels", "ten"),
    ("mean field, xla", "mean field, two kernels, XLA", "ten"),
)


class Lineup:
    """Makes the contestants of each problem of a run.

    Args:
        options: of the run.
        workers: the processes that run the contestants.
    """

    def __init__(self, options: Options, workers: Workers):
        self._xla = options.xla
        self._workers = workers
        self._core = lattice.build()
        self._plain = plain.build() if options.plain else None
        self._rloss = rloss.build(options.rloss) if options.rloss else None
        self._pydensecrf = None
        if options.pydensecrf:
            self._pydensecrf = workers.start(python=options.pydensecrf)

    def enter(self, scenario: Scenario, problem: dict) -> list[Entry]:
        """Makes the contestants of a problem.

        Args:
            scenario: the problem.
            problem: arguments of contestants.problem.Problem.
        """
        entries = []
        for device in self._workers.devices():
            entries += self._enter_ops(scenario, problem, device)
        return (
            entries
            + self._enter_core(scenario, problem)
            + self._enter_yardsticks(scenario, problem)
        )

    def _enter_ops(self, scenario, problem, device) -> list[Entry]:
        worker, facts = self._workers.tensorflow(device, scenario.threads)
        suffix = "" if device == "CPU" else f" ({device})"
        entries = []
        for kind, name, work in _KINDS:
            if kind.endswith("xla") and not (self._xla and facts["xla"]):
                continue
            maker = f"{_CONTESTANTS}.op:make"
            arguments = {"problem": problem, "device": device, "kind": kind}
            memory = None
            if device == "CPU" and kind == "symmetric":
                memory = self._memory(scenario, maker, arguments)
            handle = worker.make(name + suffix, maker, **arguments)
            entries.append(Entry(handle, work, device, mb_above=memory))
        if device == "GPU":
            maker = f"{_CONTESTANTS}.op:make_copy"
            copy = worker.make("copying memory (GPU)", maker, megabytes=COPIED_MB)
            entries.append(Entry(copy, "copy", device))
        return entries

    def _enter_core(self, scenario, problem) -> list[Entry]:
        native = self._workers.native
        shared = {"library": self._core, "threads": scenario.threads}
        copy = native.make(
            "copying memory",
            f"{_CONTESTANTS}.lattice:make_copy",
            megabytes=COPIED_MB,
            **shared,
        )
        maker, shared = f"{_CONTESTANTS}.lattice:make", {"problem": problem, **shared}
        memory = self._memory(scenario, maker, shared)
        variants = (
            (_CORE, {}),
            ("C++, one order", {"symmetric": False}),
            ("C++, equalized", {"equalized": True}),
        )
        core, *others = (
            native.make(name, maker, **option, **shared) for name, option in variants
        )
        return [
            Entry(core, "filter", mb_above=memory),
            *(Entry(other, "filter") for other in others),
            Entry(copy, "copy"),
        ]

    def _enter_yardsticks(self, scenario, problem) -> list[Entry]:
        native, entries = self._workers.native, []
        if self._plain:
            maker = f"{_CONTESTANTS}.plain:make"
            shared = {"library": self._plain, "problem": problem}
            one = native.make("plain lattice", maker, **shared)
            ten = native.make("plain lattice, ten filters", maker, filters=10, **shared)
            memory = self._memory(scenario, maker, shared)
            entries.append(Entry(one, "filter", "CPU", "plain", memory))
            entries.append(Entry(ten, "ten", "CPU", "plain"))
        if self._rloss:
            maker = f"{_CONTESTANTS}.rloss:make"
            shared = {"library": self._rloss, "problem": problem}
            shared["threads"] = scenario.threads
            handle = native.make("rloss", maker, **shared)
            memory = self._memory(scenario, maker, shared)
            entries.append(Entry(handle, "filter", "CPU", "rloss", memory))
        if self._pydensecrf and scenario.batch == 1:
            for kernels, plural in ((1, ""), (2, "s")):
                handle = self._pydensecrf.make(
                    f"pydensecrf, ten iterations, {kernels} kernel{plural}",
                    f"{_CONTESTANTS}.pydensecrf:make",
                    problem=problem,
                    kernels=kernels,
                )
                name = "pydensecrf" if kernels == 2 else None
                entries.append(Entry(handle, "ten", "CPU", name))
        return entries

    def _memory(self, scenario, maker, arguments) -> float | None:
        return self._workers.memory.memory(maker, scenario.threads, arguments)


def rows_of(
    entries: Sequence[Entry], times: dict[Handle, Times], compulsory_bytes: int
) -> list[dict]:
    """Makes a row for each entry: times, ratios, and distance from the limit.

    Args:
        entries: of one problem.
        times: of their contestants.
        compulsory_bytes: bytes that any filter must read and write.

    Returns:
        The rows of `rows.rows_of` with `mb_above`, and for filters `gb_per_s`, the
        compulsory bytes over the time; `of_copy_%`, that over the bandwidth of copying;
        and `floor_ms`, the time of copying as many bytes.
    """
    bandwidth = {  # GB/s; bytes that are copied are read and written
        entry.device: 2 * COPIED_MB / times[entry.handle].median_ms
        for entry in entries
        if entry.work == "copy"
    }
    made = rows.rows_of(entries, times)
    for entry, row in zip(entries, made, strict=True):
        limit = bandwidth[entry.device]
        row["mb_above"] = entry.mb_above
        if entry.work == "filter":
            row["gb_per_s"] = 1e-6 * compulsory_bytes / row["ms"]
            row["of_copy_%"] = 100 * row["gb_per_s"] / limit
            row["floor_ms"] = 1e-6 * compulsory_bytes / limit
        elif entry.work == "copy":
            row["gb_per_s"] = limit
    return made


def stages_of(entries: Sequence[Entry]) -> dict:
    """Returns the row of the table of stages: ms a call, then what the lattice is."""
    (core,) = [entry.handle for entry in entries if entry.handle.name == _CORE]
    facts = core.facts()
    return {
        **facts["stages"],
        "lattice points": facts["vertices"],
        "instructions": facts["instructions"],
    }
