"""Checks and times the GPU filter where there is a GPU; TensorFlow is not needed.

    python benchmarks/gpu.py                # checks, then times
    python benchmarks/gpu.py --only=checks
    compute-sanitizer --tool=memcheck python benchmarks/gpu.py --only=checks --quick
    compute-sanitizer --tool=racecheck python benchmarks/gpu.py --only=checks --quick

Arrays are PyTorch's or CuPy's. The library is compiled here by g++ into build/gpu,
or given by --library. Times are medians by events of the stream, so they include
the gap while the host waits for the size of the lattice.
"""

import argparse
import csv
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np

from benchmarks import gpu_arrays, gpu_checks, gpu_scene
from benchmarks.gpu_library import GpuError, GpuLibrary

GOAL_MS = 0.8  # on an H100 or H200, for either scene
MEAN_FIELD_STEPS = 10


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--arrays", choices=("auto", *gpu_arrays.BACKENDS), default="auto"
    )
    parser.add_argument("--library", type=pathlib.Path, help="librloss_gpu.so")
    parser.add_argument("--only", choices=("checks", "times"))
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--size", type=int, default=513, help="side of the picture")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--channels", type=int, default=21)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--csv", type=pathlib.Path, help="where to write the times")
    return parser.parse_args(arguments)


def show(rows: list[dict]) -> None:
    """Prints a table."""
    titles = list(rows[0])
    lines = [titles, *([_text(row[title]) for title in titles] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    for line in lines:
        cells = [line[i].ljust(widths[i]) for i in range(len(line))]
        print("  ".join(cells).rstrip())


def _text(value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def run_checks(library, arrays, options) -> bool:
    """Prints all checks; returns whether they hold."""
    rows = list(gpu_checks.check_values(library, arrays, options.quick))
    show(rows)
    side = 33 if options.quick else 257
    same = gpu_checks.check_bits(library, arrays, options.runs, side)
    print(f"{options.runs} runs, the same bits: {'yes' if same else 'NO'}")
    return same and all(row["ok"] for row in rows)


class Scene:
    """A batch on the GPU, with what to do on it."""

    def __init__(self, library, arrays, batch: int, options):
        points = options.size**2
        shape = (batch, points, options.channels)
        self._library = library
        self._features = arrays.put(
            gpu_scene.features(options.size, options.size, batch)
        )
        random = np.random.default_rng(0)
        self._values = arrays.put(random.random(shape, np.float32))
        self._output = arrays.put(np.zeros(shape, np.float32))
        self.lattice = library.build(self._features, "float32")
        # Read values and features, write the output: what no filter can avoid.
        self.least_bytes = 4 * batch * points * (2 * options.channels + 5)

    def build(self):
        self.lattice = self._library.build(self._features, "float32")

    def filter(self, order="symmetric"):
        self._library.filter(self.lattice, self._values, "float32", order, self._output)

    def build_and_filter(self, order="symmetric"):
        self.build()
        self.filter(order)

    def mean_field(self):
        for _ in range(MEAN_FIELD_STEPS):
            self.filter()


def median_time(arrays, work, runs: int) -> tuple[float, float]:
    """Returns the median and the least of the milliseconds that `work` takes."""
    for _ in range(3):
        work()
    times = [arrays.milliseconds(work) for _ in range(runs)]
    return statistics.median(times), min(times)


def time_all(library, arrays, options) -> list[dict]:
    """Returns a row for each scene."""
    rows = []

    def add(what, scene, work, goal=None):
        median, least = median_time(arrays, work, options.runs)
        rows.append(
            {
                "what": what,
                "median ms": median,
                "least ms": least,
                "goal ms": goal or "",
                "vertices": scene.lattice.inspect()["vertices"],
                "GB/s of least bytes": scene.least_bytes / median / 1e6,
            }
        )

    batch, single = (Scene(library, arrays, n, options) for n in (options.batch, 1))
    side = f"{options.size} x {options.size}, {options.channels} channels"
    many = f"{options.batch} x {side}"
    add(f"{many}: all, symmetric", batch, batch.build_and_filter, GOAL_MS)
    add(f"{many}: all, one order", batch, lambda: batch.build_and_filter("forward"))
    add(f"{many}: build", batch, batch.build)
    add(f"{many}: filter", batch, batch.filter)
    add(f"1 x {side}: all, symmetric", single, single.build_and_filter)
    add(f"1 x {side}: {MEAN_FIELD_STEPS} filters", single, single.mean_field, GOAL_MS)
    return rows


def time_kernels(library, arrays, options) -> list[dict]:
    """Returns a row for each kernel, in the order of launches."""
    scene = Scene(library, arrays, options.batch, options)
    traces = [library.trace(scene.build_and_filter) for _ in range(options.runs)]
    return [
        {
            "kernel": name,
            "median ms": statistics.median(trace[i][1] for trace in traces),
        }
        for i, (name, _) in enumerate(traces[0])
    ]


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 if all checks hold, 1 if not, 2 if there is nothing to run on."""
    options = parse(arguments)
    try:
        arrays = gpu_arrays.find(options.arrays)
    except ImportError as error:
        print(f"No GPU to run on, or no PyTorch or CuPy to reach it: {error}.")
        return 2
    path = options.library
    if path is None:
        from build_tools import gpu_library

        path = ROOT / gpu_library.build(pathlib.Path("build/gpu"))
    library = GpuLibrary(path, arrays)
    print(f"{arrays.device}; arrays by {arrays.name}")
    good = True
    try:
        if options.only != "times":
            good = run_checks(library, arrays, options)
        if options.only != "checks":
            rows = time_all(library, arrays, options)
            show(rows)
            show(time_kernels(library, arrays, options))
            if options.csv:
                with options.csv.open("w", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
    except GpuError as error:
        print(error)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
