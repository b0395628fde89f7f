"""The launcher: what it opens, compiles, keeps, and says when that fails.

A driver and a compiler that run on the processor stand in for NVIDIA's.
"""

import os

import pytest

# Filters twice in one process and prints the first error, or "ok".
FILTER = """
import sys
import numpy as np
from benchmarks.gpu_kernels.arrays import HostArrays
from benchmarks.gpu_kernels import filter_checks
from benchmarks.gpu_kernels.library import GpuError, GpuLibrary
arrays = HostArrays()
library = GpuLibrary(sys.argv[1], arrays)
features = np.random.default_rng(0).normal(size=(1, 50, 5)).astype(np.float32)
features[0, :, 4] = float(sys.argv[2])
values = np.ones((1, 50, 2), np.float32)
try:
    for _ in range(2):
        error = filter_checks.error_against_cpu(
            library, arrays, values, features, "float32", "symmetric")
        assert error < 1e-6, error
except GpuError as error:
    print(error)
else:
    print("ok")
"""


@pytest.fixture
def filter_in_a_process(library_path, fakes, tmp_path, run_python):
    """Filters in a new process; returns what it prints and what was compiled."""
    log = tmp_path / "compiled.txt"

    def run(feature="0.5", folder=fakes, **environment):
        log.write_text("")
        done = run_python(
            *("-c", FILTER, library_path, feature),
            LD_LIBRARY_PATH=folder,
            RLOSS_FAKE_NVRTC_LOG=log,
            **environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip(), log.read_text().splitlines()

    return run


def cached(tmp_path):
    return sorted((tmp_path / "cache" / "tf_rloss").glob("*"))


# What the stand-in makes of a filter's program.
PROGRAM = "rloss program of dimension 5 and type 0 for sm_90"


def test_program_is_compiled_once_and_for_all_processes(filter_in_a_process, tmp_path):
    assert filter_in_a_process() == ("ok", [PROGRAM])
    (file,) = cached(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert filter_in_a_process() == ("ok", [])
    assert cached(tmp_path) == [file]


@pytest.mark.parametrize("damage", ["", "cut", "other", "no first line"])
def test_damaged_file_is_compiled_again(damage, filter_in_a_process, tmp_path):
    filter_in_a_process()
    (file,) = cached(tmp_path)
    whole = file.read_bytes()
    damaged = {
        "": b"",
        "cut": whole[:-4],
        "other": whole[:-4] + b"xxxx",
        "no first line": b"x" * 100,
    }
    file.write_bytes(damaged[damage])
    assert filter_in_a_process() == ("ok", [PROGRAM])
    assert file.read_bytes() == whole


def test_folder_that_cannot_be_made_costs_time_only(filter_in_a_process, tmp_path):
    (tmp_path / "a file").touch()
    for folder in (tmp_path / "a file", "relative"):
        for _ in range(2):
            found = filter_in_a_process(XDG_CACHE_HOME=folder, HOME=folder)
            assert found == ("ok", [PROGRAM])
    assert not os.path.exists("relative")


def test_cache_is_in_the_home_without_a_folder_for_caches(
    filter_in_a_process, tmp_path
):
    filter_in_a_process(XDG_CACHE_HOME="", HOME=tmp_path)
    assert len(list((tmp_path / ".cache" / "tf_rloss").iterdir())) == 1


def test_gpu_newer_than_the_compiler_gets_intermediate_code(filter_in_a_process):
    printed, compiled = filter_in_a_process(RLOSS_FAKE_CAPABILITY="120")
    assert printed == "ok"
    assert compiled == [PROGRAM.replace("sm_90", "compute_90")]


def test_missing_driver_is_named_in_one_sentence(filter_in_a_process, tmp_path):
    printed, _ = filter_in_a_process(folder=tmp_path)
    assert printed.startswith("The filter's GPU kernel needs the library of NVIDIA's")
    assert "libcuda.so.1" in printed and "place the op on the CPU" in printed
    assert "\n" not in printed


def test_missing_compiler_says_how_to_install_it(library_path, run_python):
    # A Python that has loaded nothing from where pip installs.
    code = (
        "import ctypes, sys\n"
        "compile = ctypes.CDLL(sys.argv[1]).RlossGpuCompile\n"
        "compile.restype = ctypes.c_char_p\n"
        "size = ctypes.c_int64()\n"
        "print(compile(90, 5, 0, ctypes.byref(size), None, ctypes.c_int64(0)).decode())"
    )
    done = run_python("-S", "-c", code, library_path)
    assert "no libnvrtc.so.12 could be opened" in done.stdout
    assert "Run `pip install nvidia-cuda-nvrtc-cu12`, or install" in done.stdout
    assert "\n" not in done.stdout.strip()


def test_failed_compilation_shows_the_log_and_a_way_out(filter_in_a_process):
    printed, _ = filter_in_a_process(RLOSS_FAKE_NVRTC_FAILS="1")
    assert "NVRTC 12.4 could not compile" in printed and "sm_90" in printed
    assert "pip install -U nvidia-cuda-nvrtc-cu12" in printed
    assert "the compiler's log" in printed


def test_old_gpu_is_refused(filter_in_a_process):
    printed, compiled = filter_in_a_process(RLOSS_FAKE_CAPABILITY="61")
    assert "needs a GPU of compute capability 7.0 or newer. This one has 6.1" in printed
    assert not compiled


@pytest.mark.parametrize(
    "bad, why", [("nan", "finite"), ("1e9", "of smaller magnitude")]
)
def test_first_point_at_fault_is_named(bad, why, filter_in_a_process):
    printed, _ = filter_in_a_process(bad)
    assert printed == f"`features` must be {why}. Received features[0, 0]"
