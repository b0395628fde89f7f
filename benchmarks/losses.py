"""Times the losses, forward and backward, side by side with rloss' DenseCRFLoss.

    python benchmarks/losses.py
    python benchmarks/losses.py --sizes=513 --channels=21 --threads=2 --rloss=~/rloss

docs/benchmarks.md says what it prints. Times of different runs do not compare.
"""

import contextlib
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks import (
    filter_rows,
    loss_rows,
    measure,
    native,
    photographs,
    report,
    scenarios,
)
from benchmarks.workers import Workers

_SIZES = flags.DEFINE_list("sizes", ["513"], "Sides of the square photograph.")
_CHANNELS = flags.DEFINE_list("channels", ["2", "21"], "Classes.")
_BATCHES = flags.DEFINE_list("batches", ["1", "4"], "Images at once.")
_THREADS = flags.DEFINE_list(
    "threads", sorted({"1", str(os.cpu_count())}), "Threads of everyone."
)
_SIGMA_XY = flags.DEFINE_float("sigma_xy", 100.0, "Bandwidth in pixels.")
_SIGMA_RGB = flags.DEFINE_float("sigma_rgb", 15.0, "Bandwidth in intensities.")
_DEVICES = flags.DEFINE_list("devices", ["auto"], "CPU, GPU; auto: those there are.")
_XLA = flags.DEFINE_boolean("xla", True, "Whether to measure under XLA too.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Turns of each contestant.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 3.0, "No more turns after so long.")
_RIVALS = flags.DEFINE_integer(
    "rival_load", 0, "Busy processes beside which to measure everything once more.", 0
)
_RLOSS = flags.DEFINE_string("rloss", None, "A checkout of github.com/meng-tang/rloss.")
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")


def main(argv):
    del argv
    started = time.time()
    problems = scenarios.product(
        {
            "size": [int(size) for size in _SIZES.value],
            "bandwidths": [(_SIGMA_XY.value, _SIGMA_RGB.value)],
            "channels": [int(channels) for channels in _CHANNELS.value],
            "batch": [int(batch) for batch in _BATCHES.value],
            "threads": [int(threads) for threads in _THREADS.value],
        }
    )
    libraries = {"plain": native.build_plain()}
    if _RLOSS.value:
        libraries["rloss"] = native.build_rloss(_RLOSS.value)
    devices = [device.upper() for device in _DEVICES.value]
    rows, groups = [], {}
    print(f"{report.processor()}, {os.cpu_count()} processors", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(Workers(devices, _RIVALS.value))
        for scenario in problems:
            problem = filter_rows.write_problem(scenario, photographs.NAMES, folder)
            crf_of = loss_rows.enter(
                workers, scenario, problem, libraries, with_xla=_XLA.value
            )
            times = measure.take_turns(
                list(crf_of), _ROUNDS.value, _SECONDS.value, workers.rival
            )
            found = loss_rows.rows_of(crf_of, times)
            print(f"\n{scenario}")
            print(report.table(found, loss_rows.COLUMNS), flush=True)
            groups[str(scenario)] = found
            rows += [{**scenario.row(), **row} for row in found]
            workers.drop()
    output = pathlib.Path(_OUTPUT.value)
    report.write_csv(rows, output / "losses.csv")
    title = "losses, forward and backward, median times"
    report.write_plot(groups, output / "losses.png", title)
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {output}/")


if __name__ == "__main__":
    app.run(main)
