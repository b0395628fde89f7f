"""Builds and runs the C++ tests; no TensorFlow and no GPU is needed.

python -m build_tools.cpp_tests
"""

import functools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from build_tools import compiler, library, sources


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
    """What compiles the device code for this processor: a call for each object."""
    flags = sources.gpu_flags()
    return [
        functools.partial(compiler.compile_object, path, flags)
        for path in sources.gpu_shim()
    ]


def gpu_test_objects() -> list[Path]:
    """The objects that a test of the GPU kernels is linked with."""
    calls = shim_calls() + library.lattice_calls() + library.gpu_calls()
    return compiler.in_parallel(calls)


def build_tests() -> dict[Path, Path]:
    """Builds all tests; returns the program of each source."""
    objects = compiler.in_parallel(library.lattice_calls())
    calls = {
        source: functools.partial(build_program, source, objects)
        for source in sources.lattice_tests()
    }
    with_gpu = gpu_test_objects()
    for source in sources.gpu_tests():
        flags = sources.gpu_flags()
        calls[source] = functools.partial(build_program, source, with_gpu, flags)
    programs = compiler.in_parallel(list(calls.values()))
    return dict(zip(calls, programs, strict=True))


def main() -> int:
    """Returns the number of tests that failed; no tests count as a failure."""
    programs = build_tests()
    failed = []
    for source, program in programs.items():
        started = time.monotonic()
        code = subprocess.run([str(sources.ROOT / program)]).returncode
        seconds = time.monotonic() - started
        print(f"{'FAILED' if code else 'ok'}  {source}  {seconds:.1f} s", flush=True)
        failed += [source] if code else []
    print(f"C++ tests: {len(programs) - len(failed)} passed, {len(failed)} failed")
    return len(failed) if programs else 1


if __name__ == "__main__":
    sys.exit(main())
