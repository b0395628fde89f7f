"""Times the filter side by side with others, and shows how far the limit is.

    python benchmarks/filter.py
    python benchmarks/filter.py --preset=full
    python benchmarks/filter.py --sizes=1025 --channels=21 --threads=2 --rloss=~/rloss

docs/benchmarks.md says what it prints. Times of different runs do not compare.
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks import filter_rows, report, scenarios

_PRESET = flags.DEFINE_enum(
    "preset", "default", scenarios.PRESETS, "Which problems, unless flags name them."
)
_SIZES = flags.DEFINE_list("sizes", [], "Sides of the square photograph.")
_CHANNELS = flags.DEFINE_list("channels", [], "Channels of the values.")
_BANDWIDTHS = flags.DEFINE_list(
    "bandwidths", [], "sigma_xy/sigma_rgb in pixels and intensities, such as 80/3."
)
_THREADS = flags.DEFINE_list("threads", [], "Threads.")
_BATCHES = flags.DEFINE_list("batches", [], "Images at once.")
_DEVICES = flags.DEFINE_list("devices", ["auto"], "CPU, GPU; auto: those there are.")
_XLA = flags.DEFINE_boolean("xla", True, "Whether to measure the op under XLA too.")
_PLAIN = flags.DEFINE_boolean("plain", True, "Whether to measure the plain lattice.")
_IMAGES = flags.DEFINE_list(
    "image", ["astronaut"], "Files, or names of scikit-image's photographs."
)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Turns of each contestant.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 3.0, "No more turns after so long.")
_RIVALS = flags.DEFINE_integer(
    "rival_load", 0, "Busy processes beside which to measure everything once more.", 0
)
_RLOSS = flags.DEFINE_string("rloss", None, "A checkout of github.com/meng-tang/rloss.")
_PYDENSECRF = flags.DEFINE_string(
    "pydensecrf", None, "A Python that has pydensecrf, to compare mean field with."
)
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")


def chosen() -> list[scenarios.Scenario]:
    """The problems that the flags ask for."""
    given = {
        "size": [int(size) for size in _SIZES.value],
        "channels": [int(channels) for channels in _CHANNELS.value],
        "bandwidths": [
            tuple(float(sigma) for sigma in pair.split("/"))
            for pair in _BANDWIDTHS.value
        ],
        "threads": [int(threads) for threads in _THREADS.value],
        "batch": [int(batch) for batch in _BATCHES.value],
    }
    if not any(given.values()):
        return scenarios.preset(_PRESET.value)
    return scenarios.product({name: value for name, value in given.items() if value})


def main(argv):
    del argv
    started = time.time()
    options = filter_rows.Options(
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
    rows, stages = [], []
    print(f"{report.processor()}, {os.cpu_count()} processors", flush=True)
    for scenario, found, in_stages in filter_rows.measure_all(chosen(), options):
        print(f"\n{scenario}")
        print(report.table(found, filter_rows.COLUMNS))
        print(report.table([in_stages], list(in_stages)), flush=True)
        rows += [{**scenario.row(), **row} for row in found]
        stages.append({**scenario.row(), **in_stages})
    folder = pathlib.Path(_OUTPUT.value)
    report.write_csv(rows, folder / "filter.csv")
    report.write_csv(stages, folder / "filter_stages.csv")
    groups = {}
    for row in rows:
        groups.setdefault(row["problem"], []).append(row)
    report.write_plot(groups, folder / "filter.png", "W S, median times")
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {folder}/")


if __name__ == "__main__":
    app.run(main)
