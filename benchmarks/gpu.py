"""Checks and times the GPU's filter and quadratic forms; TensorFlow is not needed.

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
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import gpu_arrays, gpu_checks, gpu_form_checks, gpu_times
from benchmarks.gpu_library import GpuError, GpuLibrary


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
    good = True
    for checks in (gpu_checks, gpu_form_checks):
        rows = list(checks.check_values(library, arrays, options.quick))
        show(rows)
        good &= all(row["ok"] for row in rows)
    side = 33 if options.quick else 257
    for what, checks in (("", gpu_checks), (" of forms", gpu_form_checks)):
        same = checks.check_bits(library, arrays, options.runs, side)
        print(f"{options.runs} runs, the same bits{what}: {'yes' if same else 'NO'}")
        good &= same
    return good


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
            rows = gpu_times.time_all(library, arrays, options)
            show(rows)
            for kernels in gpu_times.time_kernels(library, arrays, options):
                show(kernels)
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
