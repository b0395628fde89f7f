"""From problems to rows of figures."""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks import measure, photographs
from benchmarks.filter_arena import COPIED_MB, Arena, Entry, Options
from benchmarks.scenarios import Scenario
from benchmarks.workers import Workers

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


def measure_all(
    problems: Sequence[Scenario], options: Options
) -> Iterator[tuple[Scenario, list[dict], dict]]:
    """Measures problem by problem.

    Yields:
        The problem, a row for each contestant, and the stages of the lattice.
    """
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(Workers(options.devices, options.rivals))
        arena = Arena(options, workers)
        for scenario in problems:
            problem = write_problem(scenario, options.images, folder)
            entries = arena.enter(scenario, problem)
            (core,) = [e for e in entries if e.contestant.name == "C++, output reused"]
            core.contestant.update_facts()  # so that stages leave out the first call
            times = measure.take_turns(
                [entry.contestant for entry in entries],
                options.rounds,
                options.seconds_each,
                workers.rival,
            )
            rows = rows_of(entries, times, scenario.compulsory_bytes)
            yield scenario, rows, _stages_of(core.contestant.update_facts())
            workers.drop()


def write_problem(
    scenario: Scenario, names: Sequence[str], folder: pathlib.Path
) -> dict:
    """Puts the photographs where workers find them.

    Args:
        scenario: the problem.
        names: of photographs.
        folder: where the images go.

    Returns:
        The arguments of filter_contestants.Problem.
    """
    images = photographs.batch(names, scenario.size, scenario.batch)
    np.save(folder / "images.npy", images)
    sigma_xy, sigma_rgb = scenario.bandwidths
    return {
        "images": str(folder / "images.npy"),
        "channels": scenario.channels,
        "sigma_xy": sigma_xy,
        "sigma_rgb": sigma_rgb,
    }


def rows_of(
    entries: Sequence[Entry],
    times: dict[measure.Contestant, measure.Times],
    compulsory_bytes: int,
) -> list[dict]:
    """A row for each entry: times, ratios to others, and distance from the limit.

    Args:
        entries: of one problem.
        times: of their contestants.
        compulsory_bytes: what every filter has to read and write.
    """

    def median(entry):
        return times[entry.contestant].median_ms

    # Bytes copied are read and written.
    bandwidth = {
        entry.device: 2e-3 * COPIED_MB / (1e-3 * median(entry))
        for entry in entries
        if entry.work == "copy"
    }
    rows = []
    for entry in entries:
        measured = times[entry.contestant]
        row = {
            "who": entry.contestant.name,
            "ms": measured.median_ms,
            "min_ms": measured.min_ms,
            "rival_ms": measured.rival_ms,
            "mb_above": entry.mb_above,
            "calls": measured.calls,
        }
        for other in entries:
            if other.yardstick and other.work == entry.work and other is not entry:
                row[f"vs_{other.yardstick}"] = median(other) / median(entry)
        limit = bandwidth[entry.device]
        if entry.work == "filter":
            row["gb_per_s"] = 1e-6 * compulsory_bytes / median(entry)
            row["of_copy_%"] = 100 * row["gb_per_s"] / limit
            row["floor_ms"] = 1e-6 * compulsory_bytes / limit
        elif entry.work == "copy":
            row["gb_per_s"] = limit
        rows.append(row)
    return rows


def _stages_of(facts: dict) -> dict:
    """The columns of the table of stages, in ms; stages come first."""
    return {
        **facts["stages"],
        "lattice points": facts["vertices"],
        "instructions": facts["instructions"],
    }
