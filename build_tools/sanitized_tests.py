"""Builds and runs the C++ tests under GCC's or Clang's sanitizers.

    python -m build_tools.sanitized_tests address,undefined
    python -m build_tools.sanitized_tests thread

On x86 the lattice's tests run once for every instruction set. The GPU kernels run as
threads of the processor. See docs/development.md.
"""

import argparse
import os
import sys
from collections.abc import Iterator

from build_tools import cpp_tests, sources, toolchain

SANITIZERS = ("address,undefined", "thread")
# With -O1 the line numbers in reports are right, and compiling takes half the time.
FLAGS = "-fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1"
INSTRUCTION_SETS = ("baseline", "avx2", "")  # as RLOSS_ISA takes them


def set_flags(sanitizers: str) -> None:
    """Adds the sanitizers' flags to every command, on which objects' names depend."""
    for name, flags in {
        "CXXFLAGS": f"-fsanitize={sanitizers} {FLAGS}",
        "LDFLAGS": f"-fsanitize={sanitizers}",
    }.items():
        os.environ[name] = f"{os.environ.get(name, '')} {flags}"


def run(sanitizers: str) -> Iterator[bool]:
    """Builds the tests, then runs them one by one; yields whether each passed."""
    set_flags(sanitizers)
    programs = cpp_tests.build_tests(sources.LATTICE)
    for isa in INSTRUCTION_SETS if toolchain.compiles_for_x86() else ("",):
        for source, program in programs.items():
            yield cpp_tests.run_test(source, program, environment={"RLOSS_ISA": isa})
    # tests/gpu/race_test.py looks for data races in the kernels.
    if "thread" not in sanitizers:
        for source, program in cpp_tests.build_tests(sources.GPU).items():
            yield cpp_tests.run_test(source, program)


def main() -> int:
    """Runs the tests under the sanitizers of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sanitizers", choices=SANITIZERS)
    return cpp_tests.summarize(list(run(parser.parse_args().sanitizers)))


if __name__ == "__main__":
    sys.exit(main())
