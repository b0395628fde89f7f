"""Builds and runs the C++ tests of the lattice; no TensorFlow is needed.

python -m build_tools.cpp_tests
"""

import functools
import subprocess
import sys
import time
from pathlib import Path

from build_tools import compiler, library, sources


def build_program(source: Path, objects: list[Path]) -> Path:
    """Compiles and links a program of one file with the lattice's objects."""
    own_object = compiler.compile_object(source, sources.lattice_flags(source))
    program = own_object.with_suffix("")
    compiler.link([own_object, *objects], ["-pthread"], program)
    return program


def main() -> int:
    """Returns the number of tests that failed; no tests count as a failure."""
    objects = compiler.in_parallel(library.lattice_calls())
    tests = sources.lattice_tests()
    calls = [functools.partial(build_program, source, objects) for source in tests]
    failed = []
    for source, program in zip(tests, compiler.in_parallel(calls), strict=True):
        started = time.monotonic()
        code = subprocess.run([str(sources.ROOT / program)]).returncode
        seconds = time.monotonic() - started
        print(f"{'FAILED' if code else 'ok'}  {source}  {seconds:.1f} s", flush=True)
        failed += [source] if code else []
    print(f"C++ tests: {len(tests) - len(failed)} passed, {len(failed)} failed")
    return len(failed) if tests else 1


if __name__ == "__main__":
    sys.exit(main())
