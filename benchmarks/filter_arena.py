"""Who takes part in filter.py: the workers of a run and the contestants in them."""

import dataclasses
from collections.abc import Sequence

from benchmarks import measure, native
from benchmarks.scenarios import Scenario
from benchmarks.workers import Workers

COPIED_MB = 64
_NATIVE = "benchmarks.filter_contestants"
_TENSORFLOW = "benchmarks.tensorflow_contestants"
# How tensorflow_contestants.py calls what it measures, how tables call it, and with
# what it compares: one filter, or ten on one lattice.
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


@dataclasses.dataclass(frozen=True)
class Options:
    """What to measure beside the op, and how; the flags of filter.py."""

    images: Sequence[str] = ("astronaut",)
    devices: Sequence[str] = ("AUTO",)
    xla: bool = True
    plain: bool = True
    rloss: str | None = None
    pydensecrf: str | None = None
    rounds: int = 7
    seconds_each: float = 3.0
    rivals: int = 0


@dataclasses.dataclass(frozen=True)
class Entry:
    """A contestant in a problem.

    Attributes:
        contestant: what is measured.
        work: "filter", "ten" (filters), "construction" or "copy"; ratios are between
            those that do the same.
        device: "CPU" or "GPU".
        yardstick: the name under which others are compared with this one.
        mb_above: memory above inputs and outputs.
    """

    contestant: measure.Contestant
    work: str
    device: str = "CPU"
    yardstick: str | None = None
    mb_above: float | None = None


class Arena:
    """Makes the contestants of each problem of a run.

    Args:
        options: of the run.
        workers: where contestants run.
    """

    def __init__(self, options: Options, workers: Workers):
        self._xla = options.xla
        self._workers = workers
        self._core = native.build_core()
        self._plain = native.build_plain() if options.plain else None
        self._rloss = native.build_rloss(options.rloss) if options.rloss else None
        self._pydensecrf = None
        if options.pydensecrf:
            self._pydensecrf = workers.start(python=options.pydensecrf)

    def enter(self, scenario: Scenario, problem: dict) -> list[Entry]:
        """Makes the contestants of a problem.

        Args:
            scenario: the problem.
            problem: arguments of filter_contestants.Problem.
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
            maker = f"{_TENSORFLOW}:op"
            arguments = {"problem": problem, "device": device, "kind": kind}
            contestant = worker.make(name + suffix, maker, **arguments)
            memory = None
            if device == "CPU" and kind == "symmetric":
                memory = self._workers.memory.memory(maker, scenario.threads, arguments)
            entries.append(Entry(contestant, work, device, mb_above=memory))
        if device == "GPU":
            copy = worker.make(
                "copying memory (GPU)",
                f"{_TENSORFLOW}:device_copy",
                megabytes=COPIED_MB,
            )
            entries.append(Entry(copy, "copy", device))
        return entries

    def _enter_core(self, scenario, problem) -> list[Entry]:
        shared = {"library": self._core, "threads": scenario.threads}
        copy = self._workers.native.make(
            "copying memory", f"{_NATIVE}:copy", megabytes=COPIED_MB, **shared
        )
        maker, shared = f"{_NATIVE}:core", {"problem": problem, **shared}
        memory = self._workers.memory.memory(maker, scenario.threads, shared)
        core = self._workers.native.make("C++, output reused", maker, **shared)
        variants = [
            self._workers.native.make(f"C++, {name}", maker, **option, **shared)
            for name, option in (
                ("one order", {"symmetric": False}),
                ("equalized", {"equalized": True}),
            )
        ]
        return [
            Entry(core, "filter", mb_above=memory),
            *(Entry(variant, "filter") for variant in variants),
            Entry(copy, "copy"),
        ]

    def _enter_yardsticks(self, scenario, problem) -> list[Entry]:
        entries = []
        if self._plain:
            plain = {"library": self._plain, "problem": problem}
            for name, function, work in (
                ("plain lattice", "plain", "filter"),
                ("plain lattice, ten filters", "plain_ten", "ten"),
            ):
                contestant = self._workers.native.make(
                    name, f"{_NATIVE}:{function}", **plain
                )
                memory = None
                if work == "filter":
                    memory = self._workers.memory.memory(f"{_NATIVE}:plain", 1, plain)
                entries.append(Entry(contestant, work, "CPU", "plain", memory))
        if self._rloss:
            maker = f"{_NATIVE}:rloss"
            arguments = {
                "library": self._rloss,
                "problem": problem,
                "threads": scenario.threads,
            }
            contestant = self._workers.native.make("rloss", maker, **arguments)
            memory = self._workers.memory.memory(maker, scenario.threads, arguments)
            entries.append(Entry(contestant, "filter", "CPU", "rloss", memory))
        if self._pydensecrf and scenario.batch == 1:
            for kernels in (1, 2):
                contestant = self._pydensecrf.make(
                    f"pydensecrf, ten iterations, {kernels} kernel"
                    + "s"[: kernels - 1],
                    f"{_NATIVE}:pydensecrf",
                    problem=problem,
                    kernels=kernels,
                )
                name = "pydensecrf" if kernels == 2 else None
                entries.append(Entry(contestant, "ten", "CPU", name))
        return entries
