"""The CPU filter of github.com/meng-tang/rloss, of a checkout that the user has."""

import ctypes
import pathlib

import numpy as np

from benchmarks.contestants.problem import Problem
from benchmarks.harness import native
from benchmarks.harness.contestant import Contestant
from build_tools import sources

# Those of its setup.py, and those that a library needs.
FLAGS = ("-O3", "-fopenmp", "-fPIC", "-w")
SOURCES = ("bilateralfilter.cpp", "permutohedral.cpp")


def build(folder: str) -> str:
    """Builds the filter.

    Args:
        folder: the checkout, or the folder in it that has the C++ files.

    Returns:
        The path of the library.

    Raises:
        FileNotFoundError: if the sources are not there.
    """
    for inner in (".", "pytorch/wrapper/bilateralfilter", "wrapper/bilateralfilter"):
        candidate = pathlib.Path(folder).expanduser().resolve() / inner
        files = [candidate / name for name in SOURCES]
        if all(file.exists() for file in files):
            driver = sources.ROOT / native.FOLDER / "rloss_driver.cc"
            return native.link("rloss", [*files, driver], FLAGS)
    raise FileNotFoundError(
        "`--rloss` must be a checkout of github.com/meng-tang/rloss with "
        f"{' and '.join(SOURCES)}. Received: {folder}"
    )


def filter_into(
    path: str,
    images: np.ndarray,
    values: np.ndarray,
    output: np.ndarray,
    *,
    sigma_xy: float,
    sigma_color: float,
    threads: int,
) -> None:
    """Filters values (B, K, H, W) by images (B, 3, H, W) into `output`."""
    native.load(path).rloss_filter(
        native.pointer(images),
        native.pointer(values),
        native.pointer(output),
        *values.shape,
        ctypes.c_float(sigma_color),
        ctypes.c_float(sigma_xy),
        threads,
    )


def make(library: str, problem: dict, threads: int) -> Contestant:
    """Makes the filter on planar arrays, as the wrapper of rloss calls it.

    Args:
        library: of `build`.
        problem: arguments of `Problem`.
        threads: number of threads; each image takes one.
    """
    problem = Problem(**problem)
    batch, height, width, channels = problem.shape
    values = problem.planar_values.reshape(batch, channels, height, width)
    images = problem.planar_images
    output = np.ones_like(values)

    def call():
        options = {**problem.bandwidths, "threads": threads}
        filter_into(library, images, values, output, **options)
        return output

    return Contestant(call)
