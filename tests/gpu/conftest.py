"""The GPU filter without a GPU: its library, and stand-ins for NVIDIA's."""

import os
import pathlib
import subprocess
import sys

import pytest

from build_tools import gpu_library

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path("build/gpu")


@pytest.fixture(scope="session")
def library_path():
    """The path of librloss_gpu.so."""
    return ROOT / gpu_library.build(FOLDER)


@pytest.fixture(scope="session")
def fakes():
    """The folder of a driver and a compiler that run kernels on this processor."""
    gpu_library.build_fakes(FOLDER / "fake")
    return ROOT / FOLDER / "fake"


@pytest.fixture
def run_python(tmp_path):
    """Runs Python with more environment variables, and an empty cache of its own."""

    def run(*arguments, **environment):
        own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), **environment}
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **{name: str(value) for name, value in own.items()}},
            capture_output=True,
            text=True,
        )

    return run
