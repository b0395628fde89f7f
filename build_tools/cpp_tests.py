"""Builds and runs the C++ tests; no TensorFlow and no GPU is needed.

python -m build_tools.cpp_tests

The compiler is `$CXX`, which may be a cross compiler; docs/development.md has examples.
"""

import argparse
import functools
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from build_tools import compiler, library, sources

FOLDERS = (sources.LATTICE, sources.GPU)


def build_program(
    source: Path, objects: list[Path], flags: list[str] | None = None
) -> Path:
    """Compiles and links a program of one file with the lattice's objects."""
    flags = sources.lattice_flags(source) if flags is None else flags
    own_object = compiler.compile_object(source, flags)
    program = own_object.with_suffix("")
    compiler.link([own_object, *objects], ["-pthread", "-ldl"], program)
    return program


def shim_calls() -> list[Callable[[], Path]]:
    """Returns calls that compile the GPU kernels for this processor, one per object."""
    return compiler.calls(sources.gpu_shim(), sources.gpu_flags())


def gpu_test_objects() -> list[Path]:
    """Compiles the objects that a test of the GPU kernels is linked with."""
    calls = shim_calls() + library.lattice_calls() + library.gpu_calls()
    return compiler.in_parallel(calls)


def build_tests(folder: Path) -> dict[Path, Path]:
    """Builds the tests of `sources.LATTICE` or `sources.GPU`.

    Returns:
        a dictionary from the source of each test to its program.
    """
    if folder == sources.LATTICE:
        tests, flags = sources.lattice_tests(), None
        objects = compiler.in_parallel(library.lattice_calls())
    else:
        tests, flags = sources.gpu_tests(), sources.gpu_flags()
        objects = gpu_test_objects()
    calls = [functools.partial(build_program, test, objects, flags) for test in tests]
    return dict(zip(tests, compiler.in_parallel(calls), strict=True))


def run_test(
    source: Path,
    program: Path,
    run_with: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Runs a test and prints how it went; returns whether it passed.

    Args:
        source: the test's source, whose name is printed.
        program: the test's program, as `build_tests` returns it.
        run_with: a command that runs programs, such as an emulator; may be empty.
        environment: variables to add to those of this process.
    """
    started = time.monotonic()
    code = subprocess.run(
        [*run_with, str(sources.ROOT / program)],
        env={**os.environ, **(environment or {})},
    ).returncode
    seconds = time.monotonic() - started
    print(f"{'FAILED' if code else 'ok'}  {source}  {seconds:.1f} s", flush=True)
    return code == 0


def summarize(passed: Sequence[bool]) -> int:
    """Prints how many tests passed; returns 0 if all did and there were any, else 1."""
    failed = passed.count(False)
    print(f"C++ tests: {passed.count(True)} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main() -> int:
    """Builds and runs the tests of the command line; returns an exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--run_with",
        type=shlex.split,
        default=[],
        metavar="COMMAND",
        help='runs the programs, such as "qemu-aarch64 -L /usr/aarch64-linux-gnu"',
    )
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        help="custom_ops/lattice or custom_ops/gpu; without one, both",
    )
    options = parser.parse_args()
    if not set(options.folders) <= set(FOLDERS):
        parser.error(f"No tests are in {' '.join(map(str, options.folders))}.")
    programs = {}
    for folder in options.folders or FOLDERS:
        programs |= build_tests(folder)
    return summarize([run_test(*item, options.run_with) for item in programs.items()])


if __name__ == "__main__":
    sys.exit(main())
