"""Times the parts of a training of each program side by side, on the CPU.

    python benchmarks/trainer.py
    python benchmarks/trainer.py --programs=scribble --sizes=321 --model=deeplab_vgg16

docs/benchmarks.md explains the output. Times of different runs do not compare.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from absl import app, flags

from benchmarks.harness import measure, report
from benchmarks.lineups import trainer as lineup

_PROGRAMS = flags.DEFINE_list(
    "programs", ["scribble", "full", "semi_supervised", "tag"], "Programs."
)
_SIZES = flags.DEFINE_list("sizes", ["96", "192", "321"], "Sides in pixels.")
_MODEL = flags.DEFINE_string(
    "model", "deeplab_v3_plus_efficientnet_lite0", "One of tf_rloss.models.NAMES."
)
_BATCH = flags.DEFINE_integer("batch", 12, "Number of images in a batch.", 1)
_THREADS = flags.DEFINE_integer("threads", os.cpu_count(), "Number of threads.", 1)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Number of turns of each part.", 1)
_SECONDS = flags.DEFINE_float("seconds_each", 60.0, "Time limit of each part.")
_OUTPUT = flags.DEFINE_string("output_dir", "benchmarks/output", "For the CSV.")


def main(argv):
    del argv
    print(f"{report.processor()}, {_THREADS.value} threads, {_MODEL.value}", flush=True)
    all_rows = []
    for program in _PROGRAMS.value:
        for size in map(int, _SIZES.value):
            # Networks stay in memory, so each training gets a process of its own.
            with measure.Worker(threads=_THREADS.value) as worker:
                options = {"model": _MODEL.value, "size": size, "batch": _BATCH.value}
                made = lineup.enter(worker, program, **options)
                times = measure.take_turns(made, _ROUNDS.value, _SECONDS.value)
                rows = lineup.rows_of(made, times, _BATCH.value)
            print(f"\n{program}, {size} pixels, batches of {_BATCH.value}")
            print(report.table(rows, lineup.COLUMNS), flush=True)
            all_rows += [{"program": program, **options, **row} for row in rows]
    output = pathlib.Path(_OUTPUT.value) / "trainer.csv"
    report.write_csv(all_rows, output)
    print(f"\nCSV is in {output}")


if __name__ == "__main__":
    app.run(main)
