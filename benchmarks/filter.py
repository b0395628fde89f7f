"""Times the filter: each stage of the lattice, threads, memory, and the op itself.

    python benchmarks/filter.py
    python benchmarks/filter.py --sizes=513,1025 --channels=21 --threads=1,2

The stages are timed in a C++ program of the same sources that the op is built from
(compiled into build/); the op, in TensorFlow with its output allocated anew. Speeds
on different machines, or in different runs, do not compare: compare lines of one run.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
import skimage
from absl import app, flags

from build_tools import compiler, cpp_tests, library

_SIZES = flags.DEFINE_list("sizes", ["513"], "Sides of the square photograph.")
_CHANNELS = flags.DEFINE_list("channels", ["2", "21"], "Channels of the values.")
_THREADS = flags.DEFINE_list("threads", ["1", str(os.cpu_count())], "Threads.")
_SIGMA_XY = flags.DEFINE_float("sigma_xy", 100.0, "Spatial bandwidth in pixels.")
_SIGMA_RGB = flags.DEFINE_float("sigma_rgb", 15.0, "Colour bandwidth.")
_REPEATS = flags.DEFINE_integer("repeats", 15, "Runs of each; the median is shown.")

_STAGES_SOURCE = pathlib.Path("benchmarks/filter_stages.cc")
STAGES = ("embed", "merge", "neighbours", "splat", "reduce", "blur", "slice")


def compile_stages() -> pathlib.Path:
    """Builds filter_stages.cc with the lattice, and returns the program."""
    objects = compiler.in_parallel(library.lattice_calls())
    program = cpp_tests.build_program(_STAGES_SOURCE, objects)
    return ROOT / program


def photograph_features(size: int) -> np.ndarray:
    """The features of a photograph, (size * size, 5) float32."""
    photograph = skimage.transform.resize(
        skimage.data.astronaut(), (size, size), anti_aliasing=True, preserve_range=True
    )
    y, x = np.mgrid[:size, :size]
    position = np.stack([x, y], axis=-1) / _SIGMA_XY.value
    features = np.concatenate([position, photograph / _SIGMA_RGB.value], axis=-1)
    return features.reshape(-1, 5).astype(np.float32)


def time_stages(program, features, channels, threads, order) -> dict:
    """Runs the C++ program and returns what it printed."""
    with tempfile.NamedTemporaryFile() as file:
        features.tofile(file.name)
        arguments = (len(features), channels, threads, _REPEATS.value)
        command = [program, file.name, *map(str, arguments), order]
        printed = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(printed.stdout)


# TensorFlow's threads are set once a process, so each count has its own.
_TIME_OP = """
import sys, time, numpy as np, tensorflow as tf
from tf_rloss import ops
features, channels, threads, repeats = sys.argv[1], *map(int, sys.argv[2:])
tf.config.threading.set_intra_op_parallelism_threads(threads)
features = tf.constant(np.fromfile(features, np.float32).reshape(1, -1, 5))
values = tf.random.stateless_uniform([1, features.shape[1], channels], [1, 2])
times = []
for _ in range(repeats + 2):
    start = time.perf_counter()
    ops.permutohedral_filter(values, features, symmetric=True)
    times.append(1000 * (time.perf_counter() - start))
print(np.median(times[2:]))
"""


def time_op(features, channels, threads) -> float:
    """Times the TensorFlow op in a process of its own; median in ms."""
    with tempfile.NamedTemporaryFile() as file:
        features.tofile(file.name)
        arguments = (file.name, channels, threads, _REPEATS.value)
        printed = subprocess.run(
            [sys.executable, "-c", _TIME_OP, *map(str, arguments)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    return float(printed.stdout)


def main(argv):
    del argv
    started = time.time()
    program = compile_stages()
    header = ("size", "K", "threads", "order", *STAGES, "total", "op", "vertices", "MB")
    print("ms, median of", _REPEATS.value, "runs; MB: memory above input and output")
    print(" ".join(f"{name:>10}" for name in header))
    for size in map(int, _SIZES.value):
        features = photograph_features(size)
        for channels in map(int, _CHANNELS.value):
            for threads in map(int, _THREADS.value):
                for order in ("forward", "symmetric"):
                    row = time_stages(program, features, channels, threads, order)
                    op = "-"
                    if order == "symmetric":
                        op = f"{time_op(features, channels, threads):.1f}"
                    cells = [size, channels, threads, order]
                    cells += [f"{row[stage]:.2f}" for stage in (*STAGES, "total")]
                    cells += [op, row["vertices"], f"{row['scratch_mb']:.1f}"]
                    print(" ".join(f"{cell!s:>10}" for cell in cells), flush=True)
    print(f"instruction set: {row['isa']}; {time.time() - started:.0f} s in all")


if __name__ == "__main__":
    app.run(main)
