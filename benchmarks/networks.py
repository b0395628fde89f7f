"""Times training steps of several networks side by side, on the CPU.

    python benchmarks/networks.py
    python benchmarks/networks.py --models=small_deeplab,deeplab_vgg16 --size=321

docs/benchmarks.md explains the output. Times of different runs do not compare.
"""

import contextlib
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.harness import measure, photographs, report, scenarios
from benchmarks.lineups import networks as lineup

_MODELS = flags.DEFINE_list(
    "models",
    ["deeplab_v3_plus_mobilenet_v2", "deeplab_v3_plus_efficientnet_lite0"],
    "Names of tf_rloss.models.NAMES; the others are compared with the first.",
)
_SIZE = flags.DEFINE_integer("size", 192, "Side of the training crops in pixels.", 1)
_BATCH = flags.DEFINE_integer("batch", 12, "Number of images in a batch.", 1)
_CHANNELS = flags.DEFINE_integer("channels", 21, "Number of classes.", 2)
_THREADS = flags.DEFINE_integer("threads", os.cpu_count(), "Number of threads.", 1)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Number of turns of each network.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 60.0, "Time limit of each network.")
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For the CSV.")


def main(argv):
    del argv
    scenario = scenarios.Scenario(
        size=_SIZE.value,
        channels=_CHANNELS.value,
        bandwidths=(1.0, 1.0),  # of no loss here
        threads=_THREADS.value,
        batch=_BATCH.value,
    )
    print(f"{report.processor()}, {os.cpu_count()} processors\n{scenario}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        problem = scenario.write(photographs.NAMES, folder)
        workers = [
            stack.enter_context(measure.Worker(threads=scenario.threads))
            for _ in _MODELS.value
        ]
        made = lineup.enter(workers, problem, _MODELS.value)
        times = measure.take_turns(made, _ROUNDS.value, _SECONDS.value)
    rows = lineup.rows_of(made, times)
    print(report.table(rows, lineup.COLUMNS))
    output = pathlib.Path(_OUTPUT.value) / "networks.csv"
    report.write_csv([{**scenario.row(), **row} for row in rows], output)
    print(f"\nCSV is in {output}")


if __name__ == "__main__":
    app.run(main)
