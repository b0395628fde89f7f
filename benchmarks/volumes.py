"""Times the dense CRF loss of volumes side by side with that of an image.

    python benchmarks/volumes.py
    python benchmarks/volumes.py --size=64,128,128 --threads=2

The image is RGB and has as many pixels as the volume has voxels. Its bandwidths are
chosen so that its lattice has as many vertices for each pixel. docs/benchmarks.md
explains the output.
"""

import math
import os
import pathlib
import sys
import time
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.contestants import lattice
from benchmarks.harness import measure, report
from benchmarks.harness.workers import Workers

_SIZE = flags.DEFINE_list("size", ["64", "128", "128"], "Slices, rows, columns.")
_CLASSES = flags.DEFINE_integer("num_classes", 4, "Number of classes.", 1)
_THREADS = flags.DEFINE_integer("threads", os.cpu_count(), "Number of threads.", 1)
_SIGMA_XYZ = flags.DEFINE_float("sigma_xyz", 9.0, "Bandwidth in voxels.")
_SIGMA_COLOR = flags.DEFINE_float("sigma_color", 15.0, "Bandwidth in intensities.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Number of turns of each contestant.", 1)
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For the CSV file.")

COLUMNS = ("who", "vertices", "ms", "min_ms", "ns", "of_image", "mb_above", "bytes")
MAKER = "benchmarks.contestants.generated:make"
COUNTER = "benchmarks.contestants.generated:count_vertices"


def equalize(count: Callable[[float], float], wanted: float) -> float:
    """Finds a factor on the bandwidths that gives a wanted number of vertices.

    Args:
        count: number for a factor; it falls as the factor grows.
        wanted: the number.

    Returns:
        A factor from 1/64 to 64 whose number is within 1 % of `wanted`, or, where the
        number jumps, the last of twenty halvings of the interval.
    """
    low, high = -6.0, 6.0
    for _ in range(20):
        middle = (low + high) / 2
        found = count(2.0**middle)
        if abs(found - wanted) <= 0.01 * wanted:
            break
        low, high = (middle, high) if found > wanted else (low, middle)
    return 2.0**middle


def contestants(count: Callable[[dict], float]) -> dict[str, dict]:
    """Returns the arguments of `generated.make` by the names of the contestants.

    Args:
        count: number of vertices for each pixel of such arguments.
    """
    size, classes = [int(side) for side in _SIZE.value], _CLASSES.value
    sigmas = {"sigma_xyz": _SIGMA_XYZ.value, "sigma_color": _SIGMA_COLOR.value}

    def volume(size, **options):
        return {
            "size": size,
            "channels": 1,
            "num_classes": classes,
            "bandwidths": sigmas,
            **options,
        }

    def image(factor):
        side = round(math.sqrt(math.prod(size)))
        bandwidths = {"sigma_xy": 100.0 * factor, "sigma_color": 15.0 * factor}
        return volume([side, side], channels=3, bandwidths=bandwidths)

    wanted = count(volume(size))
    factor = equalize(lambda factor: count(image(factor)), wanted)
    depth, *plane = size
    twice, half = [2 * depth, *plane], [depth // 2, *plane]
    whole = [4 * depth, 2 * plane[0], 2 * plane[1]]
    rgb = image(factor)
    named = {f"image {name_of(rgb['size'])}, RGB": rgb}
    named |= {name_of(s): volume(s) for s in (half, size, twice)}
    named[f"{name_of(whole)} at scale 0.5"] = volume(whole, scale=0.5)
    return named


def name_of(size: list[int]) -> str:
    return " x ".join(map(str, size))


def main(argv):
    del argv
    started, threads = time.time(), _THREADS.value
    library = lattice.build()
    print(f"{report.processor()}, {threads} threads", flush=True)
    with Workers(["CPU"]) as workers:
        worker, _ = workers.tensorflow("CPU", threads)

        def count(arguments):
            given = {n: arguments[n] for n in ("size", "channels", "bandwidths")}
            given |= {"library": library, "threads": threads}
            found = worker.ask({"ask": COUNTER, "arguments": given})
            return found["vertices"] / math.prod(arguments["size"])

        chosen = contestants(count)
        handles = [worker.make(n, MAKER, **a) for n, a in chosen.items()]
        times = measure.take_turns(handles, _ROUNDS.value)
        rows = []
        for handle, arguments in zip(handles, chosen.values(), strict=True):
            pixels = math.prod(arguments["size"])
            took = times[handle]
            used = workers.memory.memory(MAKER, threads, arguments)
            rows.append(
                {
                    "who": handle.name,
                    "vertices": None if "scale" in arguments else count(arguments),
                    "ms": took.median_ms,
                    "min_ms": took.min_ms,
                    "ns": 1e6 * took.median_ms / pixels,
                    "mb_above": used,
                    "bytes": None if used is None else 1e6 * used / pixels,
                }
            )
    for row in rows:
        row["of_image"] = row["ns"] / rows[0]["ns"]
    print(report.table(rows, COLUMNS), flush=True)
    folder = pathlib.Path(_OUTPUT.value)
    report.write_csv(rows, folder / "volumes.csv")
    print(f"\n{time.time() - started:.0f} s in all; the CSV file is in {folder}/")


if __name__ == "__main__":
    app.run(main)
