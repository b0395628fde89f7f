"""Times the losses, forward and backward, side by side with rloss' DenseCRFLoss.

    python benchmarks/losses.py
    python benchmarks/losses.py --sizes=513 --channels=21 --threads=2 --rloss=~/rloss

docs/benchmarks.md explains the output. Times of different runs do not compare.
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.harness import arena, photographs, report, scenarios
from benchmarks.lineups import losses as lineup

_SIZES = flags.DEFINE_list("sizes", ["513"], "Sides of the photographs in pixels.")
_CHANNELS = flags.DEFINE_list("channels", ["2", "21"], "Numbers of classes.")
_BATCHES = flags.DEFINE_list("batches", ["1", "4"], "Numbers of photographs.")
_THREADS = flags.DEFINE_list(
    "threads", sorted({"1", str(os.cpu_count())}), "Numbers of threads."
)
_SIGMA_XY = flags.DEFINE_float("sigma_xy", 100.0, "Bandwidth in pixels.")
_SIGMA_COLOR = flags.DEFINE_float("sigma_color", 15.0, "Bandwidth in intensities.")
_DEVICES = flags.DEFINE_list("devices", ["auto"], "CPU, GPU; auto: what there is.")
_XLA = flags.DEFINE_boolean("xla", True, "Whether to measure under XLA too.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Number of turns of each contestant.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 3.0, "Time limit of each contestant.")
_RIVALS = flags.DEFINE_integer(
    "rival_load", 0, "Busy processes beside which to measure a second time.", 0
)
_RLOSS = flags.DEFINE_string("rloss", None, "A checkout of github.com/meng-tang/rloss.")
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")


def main(argv):
    del argv
    started = time.time()
    problems = scenarios.product(
        {
            "size": [int(size) for size in _SIZES.value],
            "bandwidths": [(_SIGMA_XY.value, _SIGMA_COLOR.value)],
            "channels": [int(channels) for channels in _CHANNELS.value],
            "batch": [int(batch) for batch in _BATCHES.value],
            "threads": [int(threads) for threads in _THREADS.value],
        }
    )
    options = arena.Options(
        images=photographs.NAMES,
        devices=tuple(device.upper() for device in _DEVICES.value),
        xla=_XLA.value,
        rloss=_RLOSS.value,
        rounds=_ROUNDS.value,
        seconds_each=_SECONDS.value,
        rivals=_RIVALS.value,
    )
    rows, groups = [], {}
    print(f"{report.processor()}, {os.cpu_count()} processors", flush=True)
    for scenario, *measured in arena.compete(lineup.Lineup, problems, options):
        found = lineup.rows_of(*measured)
        print(f"\n{scenario}")
        print(report.table(found, lineup.COLUMNS), flush=True)
        groups[str(scenario)] = found
        rows += [{**scenario.row(), **row} for row in found]
    folder = pathlib.Path(_OUTPUT.value)
    report.write_csv(rows, folder / "losses.csv")
    title = "losses, forward and backward, median times"
    report.write_plot(groups, folder / "losses.png", title)
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {folder}/")


if __name__ == "__main__":
    app.run(main)
