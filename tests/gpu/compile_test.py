"""NVIDIA's compiler takes the kernels for every GPU that is supported.

It needs no GPU. The `test` extra installs it (nvidia-cuda-nvrtc-cu12).
"""

import itertools
import re

import pytest

from benchmarks.gpu_kernels import arrays, library
from build_tools import sources

# Turing, Ampere (data centre, desktop), Ada, Hopper.
CAPABILITIES = (75, 80, 86, 89, 90)
KERNELS = (
    (sources.ROOT / sources.GPU / "kernels/program.cu")
    .read_text()
    .count("RLOSS_KERNEL rloss_")
)
# What a block may use everywhere without asking for more.
SHARED_MEMORY = 48 * 1024


@pytest.fixture(scope="module")
def compile_program(library_path):
    """Compiles; returns the size of the code and the compiler's report."""
    return library.GpuLibrary(library_path, arrays.HostArrays()).compile


def numbers(pattern, report):
    return [int(number) for number in re.findall(pattern, report)]


def assert_kernels_stay_in_registers(report):
    assert len(re.findall("Compiling entry function 'rloss_", report)) == KERNELS
    for kind in ("bytes stack frame", "bytes spill stores", "bytes spill loads"):
        assert numbers(rf"(\d+) {kind}", report) == [0] * KERNELS
    assert max(numbers(r"(\d+) bytes smem", report)) <= SHARED_MEMORY
    assert len(numbers(r"Used (\d+) registers", report)) == KERNELS
    assert "warning" not in report


@pytest.mark.slow
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_usual_filter_compiles_without_spills(capability, compile_program):
    size, report = compile_program(capability, 5, "float32")
    assert size > 10_000
    assert_kernels_stay_in_registers(report)


# The narrowest and the widest; keys of two words.
@pytest.mark.parametrize(
    "capability, dim, value_type",
    [(75, 1, "float16"), (90, 6, "bfloat16"), (75, 8, "float64")],
)
def test_other_filters_compile_without_spills(
    capability, dim, value_type, compile_program
):
    _, report = compile_program(capability, dim, value_type)
    assert_kernels_stay_in_registers(report)


@pytest.mark.large
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_all_filters_compile_without_spills(capability, compile_program):
    for dim, value_type in itertools.product(range(1, 9), library.VALUE_TYPES):
        _, report = compile_program(capability, dim, value_type)
        assert_kernels_stay_in_registers(report)
