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


def test_ops_pass_their_tests_with_gpu_kernels(ops_on_shim, fakes, run_python):
    names = ("permutohedral_test.py", "permutohedral_errors_test.py")
    files = [f"tests/ops/{name}" for name in names]
    # What is left out needs many filters and adds nothing here.
    but = ("-k", "not finite_differences and not independently")
    printed = run_tests(run_python, ops_on_shim, fakes, *files, *but)
    assert " passed" in printed and "skipped" not in printed
