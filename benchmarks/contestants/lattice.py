"""The lattice of custom_ops/lattice, called from C++ without TensorFlow."""

import ctypes

import numpy as np

from benchmarks.contestants.problem import Problem
from benchmarks.harness import native
from benchmarks.harness.contestant import Contestant
from build_tools import compiler, library

# In the order of `core_stages` in lattice_api.cc.
STAGES = ("embed", "merge", "neighbours", "splat", "reduce", "blur", "slice")


def build() -> str:
    """Builds the lattice as a library with a C interface; returns its path."""
    objects = compiler.in_parallel(library.lattice_calls())
    api = native.compile_object("lattice_api.cc")
    return native.link("core", [api, *objects], ["-pthread"])


class Core:
    """The lattice, writing to memory that the caller reuses.

    Args:
        path: of the library.
        threads: number of threads.
    """

    def __init__(self, path: str, threads: int):
        self._library = native.load(path)
        self._library.core_create.restype = ctypes.c_void_p
        self._library.core_filter.restype = ctypes.c_bool
        self._library.core_vertices.restype = ctypes.c_int64
        self._library.core_instruction_set.restype = ctypes.c_char_p
        self._core = ctypes.c_void_p(self._library.core_create(threads))

    def filter(self, values, features, output, *, symmetric=True, equalized=False):
        """Filters values (B, N, C) by features (B, N, D) into `output`."""
        images, points, channels = values.shape
        accepted = self._library.core_filter(
            self._core,
            native.pointer(values),
            native.pointer(features),
            ctypes.c_int64(images),
            ctypes.c_int64(points),
            features.shape[-1],
            channels,
            ctypes.c_bool(symmetric),
            ctypes.c_bool(equalized),
            native.pointer(output),
        )
        if not accepted:
            raise ValueError("The lattice refused `features`.")

    def copy(self, source: np.ndarray, target: np.ndarray) -> None:
        """Copies an array with all threads."""
        self._library.core_copy(
            self._core,
            ctypes.c_void_p(source.ctypes.data),
            ctypes.c_int64(source.nbytes),
            ctypes.c_void_p(target.ctypes.data),
        )

    def take_stages(self) -> dict[str, float]:
        """Returns the seconds spent in each stage since the last call of this."""
        seconds = (ctypes.c_double * len(STAGES))()
        self._library.core_stages(self._core, seconds)
        return dict(zip(STAGES, seconds, strict=True))

    @property
    def vertices(self) -> int:
        """The number of lattice points of the last image."""
        return self._library.core_vertices(self._core)

    @property
    def instruction_set(self) -> str:
        """The name of the kernels in use, such as "avx2"."""
        return self._library.core_instruction_set().decode()

    def __del__(self):
        self._library.core_free(self._core)


def make(library: str, problem: dict, threads: int, **options) -> Contestant:
    """Makes the filter with an output that is reused.

    Args:
        library: of `build`.
        problem: arguments of `Problem`.
        threads: number of threads.
        **options: of `Core.filter`.
    """
    problem = Problem(**problem)
    core = Core(library, threads)
    values, features = problem.values, problem.features
    output = np.ones_like(values)
    calls = 0

    def call():
        nonlocal calls
        calls += 1
        core.filter(values, features, output, **options)
        return output

    def facts():
        """Returns the stages in ms a call, since the facts were asked for last."""
        nonlocal calls
        stages = core.take_stages()
        milliseconds = {s: 1000 * stages[s] / max(calls, 1) for s in stages}
        calls = 0
        return {
            "vertices": core.vertices,
            "instructions": core.instruction_set,
            "stages": milliseconds,
        }

    return Contestant(call, facts)


def make_copy(library: str, megabytes: int, threads: int) -> Contestant:
    """Makes a copy of memory with all threads."""
    core = Core(library, threads)
    source = np.ones(megabytes * 1_000_000, np.uint8)
    target = np.zeros_like(source)
    return Contestant(lambda: core.copy(source, target))
