"""ThreadSanitizer watches the kernels, each thread of the GPU a thread here."""

import os
import subprocess

import pytest

from build_tools import compiler, cpp_tests, library, sources

SANITIZER = "-fsanitize=thread"


@pytest.fixture(scope="module")
def schedule_test():
    """The program custom_ops/gpu/launch/schedule_test.cc under ThreadSanitizer."""
    lattice = compiler.in_parallel(library.lattice_calls())
    with pytest.MonkeyPatch.context() as patch:
        # Part of the objects' names, so those of other builds stay.
        patch.setenv("CXXFLAGS", f"{SANITIZER} -g -O1")
        patch.setenv("LDFLAGS", SANITIZER)
        own = compiler.in_parallel(cpp_tests.shim_calls() + library.gpu_calls())
        source = sources.GPU / "launch/schedule_test.cc"
        flags = sources.gpu_flags()
        program = cpp_tests.build_program(source, own + lattice, flags)
    return compiler.ROOT / program


def run(program, part):
    return subprocess.run(
        [str(program), part],
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1 exitcode=66"},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["threads", pytest.param("long", marks=pytest.mark.large)]
)
def test_threads_do_not_race(part, schedule_test):
    done = run(schedule_test, part)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    assert "0 failed" in done.stdout and "WARNING" not in done.stderr


def test_a_missing_barrier_would_be_seen(schedule_test):
    done = run(schedule_test, "race")
    assert done.returncode == 66 and "data race" in done.stderr
