"""TensorFlow runs the GPU kernels of the ops, on a processor in place of the GPU.

The tests of the ops are run once more, in a process where they meet these kernels.
"""

import pathlib

import pytest

from build_tools import gpu_library

# Takes the place of the library of ops before any test asks for it.
RUN_TESTS = """
import sys
import pytest, tensorflow as tf
from tf_rloss.ops import library
ops = tf.load_op_library(sys.argv[1])
library.load = lambda: ops
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


@pytest.fixture(scope="module")
def ops_on_shim():
    """The path of a library of ops whose GPU kernels serve the CPU."""
    return gpu_library.build_ops_on_shim(pathlib.Path("build/gpu")).absolute()


def run_tests(run_python, ops, fakes, *tests):
    done = run_python("-c", RUN_TESTS, ops, *tests, LD_LIBRARY_PATH=fakes)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_ops_pass_their_tests_with_gpu_kernels(ops_on_shim, fakes, run_python):
    names = ("permutohedral_test.py", "permutohedral_errors_test.py", "forms_test.py")
    files = [f"tests/ops/{name}" for name in names]
    # What is left out needs many filters, many points or XLA, and adds nothing here.
    left_out = ("differences_in_float64", "independently", "shape6", "xla")
    but = ("-k", " and ".join(f"not {name}" for name in left_out))
    printed = run_tests(run_python, ops_on_shim, fakes, *files, *but)
    assert " passed" in printed and "skipped" not in printed


# In a graph no shape is known before the op runs, so the kernel itself refuses.
REFUSALS = """
import sys
import numpy as np, tensorflow as tf
ops = tf.load_op_library(sys.argv[1])

@tf.function(input_signature=[tf.TensorSpec(None), tf.TensorSpec(None)])
def run(values, features):
    return ops.rloss_permutohedral_filter(values=values, features=features)

ones = lambda *shape: np.ones(shape, np.float32)
print(run(ones(0, 5, 3), ones(0, 5, 2)).shape, run(ones(2, 5, 0), ones(2, 5, 2)).shape)
bad = ones(2, 200, 3)
bad[1, 150] = [1, np.nan, 3]
for arguments in (
    (ones(1, 5, 3), ones(1, 4, 2)),
    (ones(1, 5, 3), ones(1, 5, 9)),
    (ones(1, 5, (1 << 20) + 1), ones(1, 5, 2)),
    (ones(2, 200, 1), bad),
):
    try:
        run(*arguments)
    except tf.errors.InvalidArgumentError as error:
        print(next(line for line in error.message.splitlines() if "`" in line))
"""


@pytest.mark.slow
def test_kernels_refuse_what_they_cannot_do(ops_on_shim, fakes, run_python):
    done = run_python("-c", REFUSALS, ops_on_shim, LD_LIBRARY_PATH=fakes)
    assert done.returncode == 0, done.stderr
    empty, points, dims, channels, fault = done.stdout.splitlines()
    assert empty == "(0, 5, 3) (2, 5, 0)"
    assert "`values` must be (batch, points, channels)" in points
    assert "`features` must have 1 to 8 features" in dims
    assert "`values` has too many channels for a GPU: at most 1048576" in channels
    assert "`features` must be finite. Received features[1, 150] = [1, nan, 3]" in fault
