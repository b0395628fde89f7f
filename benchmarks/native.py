"""Compiles what the benchmarks measure without TensorFlow, and calls it.

The lattice itself, the plain one, and the filter of a checkout of
github.com/meng-tang/rloss where the user has one. All go to build/.
"""

import ctypes
import functools
import pathlib

import numpy as np

from build_tools import compiler, library, sources

FOLDER = pathlib.Path("benchmarks")
BUILD = pathlib.Path("build/benchmarks")
STAGES = ("embed", "merge", "neighbours", "splat", "reduce", "blur", "slice")
# As in the setup.py of rloss, besides what a library needs.
RLOSS_FLAGS = ("-O3", "-fopenmp", "-fPIC", "-w")
RLOSS_SOURCES = ("bilateralfilter.cpp", "permutohedral.cpp")


def build_core() -> str:
    """Builds the lattice as a library with a C interface; returns its path."""
    objects = compiler.in_parallel(library.lattice_calls())
    return _link("core", [_own("filter_stages.cc"), *objects], ["-pthread"])


def build_plain() -> str:
    """Builds the plain lattice; returns its path."""
    return _link("plain", [_own("plain_lattice.cc")], [])


def build_rloss(folder: str) -> str:
    """Builds the filter of a checkout of rloss with its own flags.

    Args:
        folder: the checkout, or the folder in it that has the C++ files.

    Returns:
        The path of the library.

    Raises:
        FileNotFoundError: if the sources are not there.
    """
    candidates = [
        pathlib.Path(folder).expanduser().resolve() / inner
        for inner in (".", "pytorch/wrapper/bilateralfilter", "wrapper/bilateralfilter")
    ]
    for candidate in candidates:
        files = [candidate / name for name in RLOSS_SOURCES]
        if all(file.exists() for file in files):
            break
    else:
        raise FileNotFoundError(
            f"`--rloss` must be a checkout of github.com/meng-tang/rloss with "
            f"{' and '.join(RLOSS_SOURCES)}. Received: {folder}"
        )
    command = [*files, sources.ROOT / FOLDER / "rloss_driver.cc"]
    return _link("rloss", command, RLOSS_FLAGS)


def _own(name: str) -> pathlib.Path:
    source = FOLDER / name
    return compiler.compile_object(source, sources.lattice_flags(source))


def _link(name, objects, flags) -> str:
    target = BUILD / f"lib{name}.so"
    compiler.link(objects, ["-shared", *flags], target)
    return str(sources.ROOT / target)


def pointer(array: np.ndarray):
    """A C pointer to a contiguous float32 array."""
    if array.dtype != np.float32 or not array.flags.c_contiguous:
        raise ValueError(
            "`array` must be contiguous float32. Received: "
            f"dtype={array.dtype}, contiguous={array.flags.c_contiguous}"
        )
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


@functools.cache
def _load(path: str) -> ctypes.CDLL:
    return ctypes.CDLL(path)


class Core:
    """The lattice of custom_ops/lattice, into memory that the caller reuses."""

    def __init__(self, path: str, threads: int):
        self._library = _load(path)
        self._library.core_create.restype = ctypes.c_void_p
        self._library.core_filter.restype = ctypes.c_bool
        self._library.core_vertices.restype = ctypes.c_int64
        self._library.core_instruction_set.restype = ctypes.c_char_p
        self._core = ctypes.c_void_p(self._library.core_create(threads))

    def filter(self, values, features, output, *, symmetric=True, equalized=False):
        """Filters (B, N, C) by features (B, N, D) into `output`."""
        images, points, channels = values.shape
        accepted = self._library.core_filter(
            self._core,
            pointer(values),
            pointer(features),
            ctypes.c_int64(images),
            ctypes.c_int64(points),
            features.shape[-1],
            channels,
            ctypes.c_bool(symmetric),
            ctypes.c_bool(equalized),
            pointer(output),
        )
        if not accepted:
            raise ValueError("the lattice refused the features")

    def copy(self, source, target):
        """Copies an array with all threads."""
        self._library.core_copy(
            self._core,
            ctypes.c_void_p(source.ctypes.data),
            ctypes.c_int64(source.nbytes),
            ctypes.c_void_p(target.ctypes.data),
        )

    def take_stages(self) -> dict[str, float]:
        """Seconds in each stage since this was asked for last."""
        seconds = (ctypes.c_double * len(STAGES))()
        self._library.core_stages(self._core, seconds)
        return dict(zip(STAGES, seconds, strict=True))

    @property
    def vertices(self) -> int:
        """Lattice points of the last image."""
        return self._library.core_vertices(self._core)

    @property
    def instruction_set(self) -> str:
        return self._library.core_instruction_set().decode()

    def __del__(self):
        self._library.core_free(self._core)


class PlainLattice:
    """The plain lattice of one image; channels are planar."""

    def __init__(self, path: str, features: np.ndarray):
        self._library = _load(path)
        self._library.plain_build.restype = ctypes.c_void_p
        points, dim = features.shape
        self._points = points
        self._lattice = ctypes.c_void_p(
            self._library.plain_build(pointer(features), ctypes.c_int64(points), dim)
        )

    def filter(self, values, output):
        """Filters (C, N) into `output` of the same shape, in one blur order."""
        if values.shape[-1] != self._points or values.shape != output.shape:
            raise ValueError(
                f"`values` and `output` must be (C, {self._points}). "
                f"Received: {values.shape}, {output.shape}"
            )
        self._library.plain_filter(
            self._lattice, pointer(values), values.shape[0], pointer(output)
        )

    @property
    def vertices(self) -> int:
        return self._library.plain_vertices(self._lattice)

    def __del__(self):
        self._library.plain_free(self._lattice)


def rloss_filter(path, images, values, output, *, sigma_rgb, sigma_xy, threads):
    """Filters (B, K, H, W) by images (B, 3, H, W) into `output` as rloss does."""
    batch, channels, height, width = values.shape
    _load(path).rloss_filter(
        pointer(images),
        pointer(values),
        pointer(output),
        batch,
        channels,
        height,
        width,
        ctypes.c_float(sigma_rgb),
        ctypes.c_float(sigma_xy),
        threads,
    )
