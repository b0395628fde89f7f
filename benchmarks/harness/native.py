"""Compiles the C++ contestants into build/benchmarks, and calls them by ctypes."""

import ctypes
import functools
import pathlib
from collections.abc import Sequence

import numpy as np

from build_tools import compiler, sources

FOLDER = pathlib.Path("benchmarks/contestants")
BUILD = pathlib.Path("build/benchmarks")


def compile_object(name: str) -> pathlib.Path:
    """Compiles a file of benchmarks/contestants; returns the path of the object."""
    return compiler.compile_object(FOLDER / name, sources.lattice_flags(FOLDER / name))


def link(name: str, objects: Sequence[pathlib.Path], flags: Sequence[str] = ()) -> str:
    """Links objects (or compiles sources) into a library; returns its path."""
    target = BUILD / f"lib{name}.so"
    compiler.link(objects, ["-shared", *flags], target)
    return str(sources.ROOT / target)


@functools.cache
def load(path: str) -> ctypes.CDLL:
    """Loads a library."""
    return ctypes.CDLL(path)


def pointer(array: np.ndarray):
    """Returns a C pointer to a contiguous float32 array."""
    if array.dtype != np.float32 or not array.flags.c_contiguous:
        raise ValueError(
            "`array` must be contiguous float32. Received: "
            f"dtype={array.dtype}, contiguous={array.flags.c_contiguous}"
        )
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
