"""Times the filter side by side with others, and compares it with copying memory.

    python benchmarks/filter.py
    python benchmarks/filter.py --preset=full
    python benchmarks/filter.py --sizes=1025 --channels=21 --threads=2 --rloss=~/rloss

docs/benchmarks.md explains the output. Times of different runs do not compare.
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.harness import arena, report, scenarios
from benchmarks.lineups import filter as lineup

_PRESET = flags.DEFINE_enum(
    "preset", "default", scenarios.PRESETS, "Problems, unless the next flags name them."
)
_SIZES = flags.DEFINE_list("sizes", [], "Sides of the photographs in pixels.")
_CHANNELS = flags.DEFINE_list("channels", [], "Numbers of channels.")
_BANDWIDTHS = flags.DEFINE_list(
    "bandwidths", [], "Pairs sigma_xy/sigma_color in pixels and intensities: 80/3."
)
_THREADS = flags.DEFINE_list("threads", [], "Numbers of threads.")
_BATCHES = flags.DEFINE_list("batches", [], "Numbers of photographs.")
_DEVICES = flags.DEFINE_list("devices", ["auto"], "CPU, GPU; auto: what there is.")
_XLA = flags.DEFINE_boolean("xla", True, "Whether to measure the op under XLA too.")
_PLAIN = flags.DEFINE_boolean("plain", True, "Whether to measure the plain lattice.")
_IMAGES = flags.DEFINE_list(
    "image", ["astronaut"], "Files, or names of scikit-image's photographs."
)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Number of turns of each contestant.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 3.0, "Time limit of each contestant.")
_RIVALS = flags.DEFINE_integer(
    "rival_load", 0, "Busy processes beside which to measure a second time.", 0
)
_RLOSS = flags.DEFINE_string("rloss", None, "A checkout of github.com/meng-tang/rloss.")
_PYDENSECRF = flags.DEFINE_string(
    "pydensecrf", None, "A Python that has pydensecrf, to measure its mean field."
)
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")


def chosen() -> list[scenarios.Scenario]:
    """Returns the problems that the flags ask for."""
    axes = {
        "size": [int(size) for size in _SIZES.value],
        "channels": [int(channels) for channels in _CHANNELS.value],
        "bandwidths": [
            tuple(float(sigma) for sigma in pair.split("/"))
            for pair in _BANDWIDTHS.value
        ],
        "threads": [int(threads) for threads in _THREADS.value],
        "batch": [int(batch) for batch in _BATCHES.value],
    }
    if any(axes.values()):
        return scenarios.product(axes)
    return scenarios.preset(_PRESET.value)


def main(argv):
    del argv
    started = time.time()
    options = arena.Options(
        images=tuple(_IMAGES.value),
        devices=tuple(device.upper() for device in _DEVICES.value),
        xla=_XLA.value,
        plain=_PLAIN.value,
        rloss=_RLOSS.value,
        pydensecrf=_PYDENSECRF.value,
        rounds=_ROUNDS.value,
        seconds_each=_SECONDS.value,
        rivals=_RIVALS.value,
    )
    rows, stages, groups = [], [], {}
    print(f"{report.processor()}, {os.cpu_count()} processors", flush=True)
    for scenario, *measured in arena.compete(lineup.Lineup, chosen(), options):
        found = lineup.rows_of(*measured, scenario.compulsory_bytes)
        in_stages = lineup.stages_of(measured[0])
        print(f"\n{scenario}")
        print(report.table(found, lineup.COLUMNS))
        print(report.table([in_stages], list(in_stages)), flush=True)
        rows += [{**scenario.row(), **row} for row in found]
        stages.append({**scenario.row(), **in_stages})
        groups[str(scenario)] = found
    folder = pathlib.Path(_OUTPUT.value)
    report.write_csv(rows, folder / "filter.csv")
    report.write_csv(stages, folder / "filter_stages.csv")
    report.write_plot(groups, folder / "filter.png", "W S, median times")
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {folder}/")


if __name__ == "__main__":
    app.run(main)
