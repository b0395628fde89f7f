"""Finds the C++ compiler and the processor that it compiles for."""

import functools
import os
import shlex
import shutil
import subprocess


def find_compiler() -> list[str]:
    """Returns the command of the C++ compiler: `$CXX`, else g++, else c++."""
    command = shlex.split(os.environ.get("CXX", ""))
    for name in [command[0]] if command else ["g++", "c++"]:
        if shutil.which(name):
            return command or [name]
    missing = command[0] if command else "g++"
    raise SystemExit(
        f"No C++ compiler: `{missing}` was not found. Install g++ (on Debian and "
        "Ubuntu: apt-get install g++) or set CXX to a compiler for C++17."
    )


def compiles_for_x86() -> bool:
    """Returns whether the compiler, maybe a cross compiler, compiles for 64-bit x86."""
    return _machine(tuple(find_compiler())).partition("-")[0] in ("x86_64", "amd64")


@functools.cache
def _machine(command: tuple[str, ...]) -> str:
    """Returns the target triplet of GCC or Clang, such as `aarch64-linux-gnu`."""
    done = subprocess.run(
        [*command, "-dumpmachine"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
