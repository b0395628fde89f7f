"""Lets the contestants of a lineup compete on one problem after another."""

import contextlib
import dataclasses
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Sequence

from benchmarks.harness import measure
from benchmarks.harness.rows import Entry
from benchmarks.harness.scenarios import Scenario
from benchmarks.harness.workers import Workers


@dataclasses.dataclass(frozen=True)
class Options:
    """The contestants of a run, and the limits of its time.

    Attributes:
        images: names of photographs; see photographs.load.
        devices: "CPU" and "GPU", or "AUTO" for those that TensorFlow sees.
        xla: whether to measure under XLA too.
        plain: whether to measure the plain lattice.
        rloss: path of a checkout of github.com/meng-tang/rloss, or None.
        pydensecrf: path of a Python that has pydensecrf, or None.
        rounds: number of turns of each contestant.
        seconds_each: a contestant that has used as many seconds gets no further turn.
        rivals: number of busy processes beside which to measure a second time.
    """

    images: Sequence[str] = ("astronaut",)
    devices: Sequence[str] = ("AUTO",)
    xla: bool = True
    plain: bool = True
    rloss: str | None = None
    pydensecrf: str | None = None
    rounds: int = 7
    seconds_each: float = 3.0
    rivals: int = 0


def compete(
    make_lineup: Callable, problems: Sequence[Scenario], options: Options
) -> Iterator[tuple[Scenario, list[Entry], dict[measure.Handle, measure.Times]]]:
    """Measures problem by problem.

    Args:
        make_lineup: takes the options and the `Workers`, and returns an object whose
            `enter(scenario, problem)` makes the entries of a problem.
        problems: in this order.
        options: of the run.

    Yields:
        The problem, its entries, and the times of their contestants, which are freed
        before the next problem.
    """
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(Workers(options.devices, options.rivals))
        lineup = make_lineup(options, workers)
        for scenario in problems:
            entries = lineup.enter(scenario, scenario.write(options.images, folder))
            times = measure.take_turns(
                [entry.handle for entry in entries],
                options.rounds,
                options.seconds_each,
                workers.rival,
            )
            yield scenario, entries, times
            workers.drop()
