"""The plain lattice of plain_lattice.cc, a stand-in for other CPU implementations."""

import ctypes

import numpy as np

from benchmarks.contestants.problem import Problem
from benchmarks.harness import native
from benchmarks.harness.contestant import Contestant


def build() -> str:
    """Builds the plain lattice; returns the path of the library."""
    return native.link("plain", [native.compile_object("plain_lattice.cc")])


class PlainLattice:
    """The plain lattice of one image.

    Args:
        path: of the library.
        features: float32 (N, D).
    """

    def __init__(self, path: str, features: np.ndarray):
        self._library = native.load(path)
        self._library.plain_build.restype = ctypes.c_void_p
        self._points, dim = features.shape
        points = ctypes.c_int64(self._points)
        self._lattice = ctypes.c_void_p(
            self._library.plain_build(native.pointer(features), points, dim)
        )

    def filter(self, values: np.ndarray, output: np.ndarray) -> None:
        """Filters values (C, N) into `output` (C, N), in one order of the axes."""
        if values.shape[-1] != self._points or values.shape != output.shape:
            raise ValueError(
                f"`values` and `output` must be (C, {self._points}). "
                f"Received: {values.shape}, {output.shape}"
            )
        self._library.plain_filter(
            self._lattice,
            native.pointer(values),
            values.shape[0],
            native.pointer(output),
        )

    @property
    def vertices(self) -> int:
        """The number of lattice points."""
        return self._library.plain_vertices(self._lattice)

    def __del__(self):
        self._library.plain_free(self._lattice)


def make(library: str, problem: dict, filters: int = 1) -> Contestant:
    """Makes the filter of one image after another, with an output that is reused.

    Args:
        library: of `build`.
        problem: arguments of `Problem`.
        filters: number of filters on each lattice.
    """
    problem = Problem(**problem)
    values, features = problem.planar_values, problem.features
    output = np.ones_like(values)

    def call():
        for image in range(len(values)):
            lattice = PlainLattice(library, features[image])
            for _ in range(filters):
                lattice.filter(values[image], output[image])
        return output

    return Contestant(call)
