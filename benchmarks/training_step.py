"""Times training steps, and the share that each loss takes of them.

    python benchmarks/training_step.py
    python benchmarks/training_step.py --models=small_deeplab --batch=8 --size=513

docs/benchmarks.md explains the output. Times of different runs do not compare.
"""

import contextlib
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.harness import measure, photographs, report, scenarios
from benchmarks.harness.workers import Workers
from benchmarks.lineups import training_step as lineup

_MODELS = flags.DEFINE_list(
    "models", ["small_deeplab", "deeplab_largefov"], "Names of tf_rloss.models.NAMES."
)
_SIZE = flags.DEFINE_integer("size", 321, "Side of the training crops in pixels.", 1)
_BATCH = flags.DEFINE_integer("batch", 1, "Number of images in a batch.", 1)
_CHANNELS = flags.DEFINE_integer("channels", 21, "Number of classes.", 2)
_THREADS = flags.DEFINE_integer("threads", os.cpu_count(), "Number of threads.", 1)
_DEVICES = flags.DEFINE_list("devices", ["auto"], "CPU, GPU; auto: what there is.")
_XLA = flags.DEFINE_boolean("xla", False, "Whether XLA compiles losses and steps.")
_SIGMA_XY = flags.DEFINE_float(
    "sigma_xy", None, "Bandwidth in pixels; by default 100 / 513 of the side."
)
_SIGMA_COLOR = flags.DEFINE_float("sigma_color", 15.0, "Bandwidth in intensities.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Number of turns of each contestant.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 6.0, "Time limit of each contestant.")
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For CSV and plot.")


def main(argv):
    del argv
    started = time.time()
    sigma_xy = _SIGMA_XY.value or 100 * _SIZE.value / 513
    scenario = scenarios.Scenario(
        size=_SIZE.value,
        channels=_CHANNELS.value,
        bandwidths=(sigma_xy, _SIGMA_COLOR.value),
        threads=_THREADS.value,
        batch=_BATCH.value,
    )
    groups = {}
    print(f"{report.processor()}, {os.cpu_count()} processors\n{scenario}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        problem = scenario.write(photographs.NAMES, folder)
        workers = stack.enter_context(Workers([d.upper() for d in _DEVICES.value]))
        for device in workers.devices():
            for model in _MODELS.value:
                # Networks stay in memory, so each gets a process of its own.
                with measure.Worker(threads=scenario.threads, devices=device) as worker:
                    made = lineup.enter(worker, problem, model, device, _XLA.value)
                    times = measure.take_turns(
                        list(made.values()), _ROUNDS.value, _SECONDS.value
                    )
                title = f"{model} on a {device}" + (", XLA" if _XLA.value else "")
                groups[title] = lineup.rows_of(made, times)
                rows = groups[title] + lineup.rows_of_paper()
                print(f"\n{title}")
                print(report.table(rows, lineup.COLUMNS), flush=True)
    output = pathlib.Path(_OUTPUT.value)
    report.write_csv(
        [
            {"model": title, **scenario.row(), **row}
            for title, rows in groups.items()
            for row in rows
        ],
        output / "training_step.csv",
    )
    points = {title: lineup.points_of(rows) for title, rows in groups.items()}
    title = "a training step, and what each loss alone takes; median times"
    report.write_plot(points, output / "training_step.png", title)
    print(f"\n{time.time() - started:.0f} s in all; CSV and plot are in {output}/")


if __name__ == "__main__":
    app.run(main)
