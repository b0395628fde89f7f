"""Checks and times the GPU's filter and quadratic forms, without TensorFlow.

    python benchmarks/gpu.py                # checks, then times
    python benchmarks/gpu.py --only=checks
    compute-sanitizer --tool=memcheck python benchmarks/gpu.py --only=checks --quick
    compute-sanitizer --tool=racecheck python benchmarks/gpu.py --only=checks --quick

It needs NumPy, PyTorch or CuPy, and g++, which compiles the library into build/gpu
unless --library names one. Times are measured by events of the stream, so they include
the gap while the host waits for the size of the lattice.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.gpu_kernels import filter_checks, form_checks, times
from benchmarks.gpu_kernels.arrays import BACKENDS, find_arrays
from benchmarks.gpu_kernels.library import GpuError, GpuLibrary
from benchmarks.harness import report
from build_tools import gpu_library


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    backends = ("auto", *BACKENDS)
    add("--arrays", choices=backends, default="auto", help="who holds the arrays")
    add("--library", type=pathlib.Path, help="path of librloss_gpu.so")
    add("--only", choices=("checks", "times"), help="leave out the other half")
    add("--quick", action="store_true", help="check small sizes only")
    add("--size", type=int, default=513, help="side of the timed pictures in pixels")
    add("--batch", type=int, default=8, help="number of timed pictures")
    add("--channels", type=int, default=21, help="number of timed channels")
    add("--runs", type=int, default=20, help="number of repetitions")
    add("--csv", type=pathlib.Path, help="file for the times")
    return parser.parse_args(arguments)


def show(rows: list[dict]) -> None:
    """Prints a table."""
    print(report.table(rows, list(rows[0]), _text))


def _text(value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def run_checks(library, arrays, options) -> bool:
    """Runs and prints all checks; returns whether they hold."""
    good = True
    for checks in (filter_checks, form_checks):
        rows = list(checks.check_values(library, arrays, options.quick))
        show(rows)
        good &= all(row["ok"] for row in rows)
    side = 33 if options.quick else 257
    for what, checks in (("", filter_checks), (" of forms", form_checks)):
        same = checks.check_bits(library, arrays, options.runs, side)
        print(f"{options.runs} runs, the same bits{what}: {'yes' if same else 'NO'}")
        good &= same
    return good


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 if all checks hold, 1 if not, 2 if there is no GPU to run on."""
    options = parse(arguments)
    try:
        arrays = find_arrays(options.arrays)
    except ImportError as error:
        print(f"No GPU to run on, or no PyTorch or CuPy to reach it: {error}.")
        return 2
    path = options.library
    if path is None:
        path = ROOT / gpu_library.build(pathlib.Path("build/gpu"))
    library = GpuLibrary(path, arrays)
    print(f"{arrays.device}; arrays by {arrays.name}")
    good = True
    try:
        if options.only != "times":
            good = run_checks(library, arrays, options)
        if options.only != "checks":
            rows = times.time_all(library, arrays, options)
            show(rows)
            for kernels in times.time_kernels(library, arrays, options):
                show(kernels)
            if options.csv:
                options.csv.write_text(report.csv_text(rows), newline="")
    except GpuError as error:
        print(error)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
