"""Checks that the GPU filters as the CPU does, with the same bits every time."""

import itertools
from collections.abc import Iterator

import numpy as np

from benchmarks.gpu_kernels import scene
from benchmarks.gpu_kernels.library import ORDERS

# The rounding of the type of the values; sums are in float32 at least.
TOLERANCES = {"float32": 1e-5, "float64": 1e-12, "float16": 1e-3, "bfloat16": 8e-3}


def to_bfloat16(values: np.ndarray) -> np.ndarray:
    """Rounds float32 to the upper half of its bits, to nearest even; returns int16."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    return rounded.astype(np.uint16).view(np.int16)  # PyTorch may not have uint16


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """Returns the float32 numbers that the int16 bits stand for."""
    return (bits.astype(np.uint16).astype(np.uint32) << 16).view(np.float32)


def encode(values: np.ndarray, value_type: str) -> np.ndarray:
    """Returns the array that the GPU reads."""
    is_brain = value_type == "bfloat16"
    return to_bfloat16(values) if is_brain else values.astype(value_type)


def decode(array: np.ndarray, value_type: str) -> np.ndarray:
    """Returns the numbers that the GPU wrote."""
    return from_bfloat16(array) if value_type == "bfloat16" else array


def run_filter(
    library, arrays, values, features, value_type, order, equalized=False
) -> np.ndarray:
    """Builds a lattice, filters, and returns the array that the GPU wrote."""
    on_gpu = arrays.put(features.astype(_feature_type(value_type)))
    encoded = encode(values, value_type)
    output = arrays.put(np.full(encoded.shape, 77, encoded.dtype))
    lattice = library.build(on_gpu, value_type, equalized)
    library.filter(lattice, arrays.put(encoded), value_type, order, output)
    arrays.synchronize()
    return arrays.get(output)


def error_against_cpu(
    library, arrays, values, features, value_type, order, equalized=False
) -> float:
    """Returns ||gpu - cpu|| / ||cpu||."""
    actual = run_filter(library, arrays, values, features, value_type, order, equalized)
    actual = decode(actual, value_type)
    real = _feature_type(value_type)
    given = decode(encode(values, value_type), value_type).astype(real)
    expected = library.filter_on_cpu(given, features.astype(real), order, equalized)
    difference = actual.astype(np.float64) - expected
    return float(np.linalg.norm(difference) / np.linalg.norm(expected))


def _feature_type(value_type):
    return np.float64 if value_type == "float64" else np.float32


def cases(quick: bool) -> Iterator[tuple]:
    """Yields (description, values, features, type, order, equalized)."""
    random = np.random.default_rng(0)
    points = 300 if quick else 20_000
    for dim in range(1, 9):
        features = random.normal(size=(2, points, dim)) * 1.5
        values = random.random((2, points, 3))
        kinds = ("float32",) if quick else ("float32", "float64")
        what = f"{dim} dimensions"
        for kind, order in itertools.product(kinds, ORDERS):
            yield what, values, features, kind, order, False
        for kind in ("float32", "float64"):
            yield what + ", equalized", values, features, kind, "symmetric", True
    sizes = ((17, 23),) if quick else ((17, 23), (65, 65), (513, 513))
    for height, width in sizes:
        features = scene.features(height, width, batch=2)
        for channels in (1, 2, 21) if quick else (1, 2, 7, 21, 32, 150):
            values = random.random((2, height * width, channels))
            what = f"{height} x {width}, {channels} channels"
            yield what, values, features, "float32", "symmetric", False
    yield what + ", equalized", values, features, "float32", "symmetric", True
    for kind in TOLERANCES:
        what = f"{height} x {width}, 2 channels"
        yield what, values[..., :2], features, kind, "forward", False
    flat = np.zeros((1, 100 if quick else 513 * 513, 5))
    values = random.random((1, flat.shape[1], 4))
    yield "one point for all", values, flat, "float32", "symmetric", False
    values, flat = values[:, :1].copy(), flat[:, :1].copy()
    yield "one point", values, flat, "float32", "forward", False


def check_values(library, arrays, quick: bool) -> Iterator[dict]:
    """Yields a row for each case: what, type, order, error, tolerance, ok."""
    for what, *case in cases(quick):
        kind, order = case[2:4]
        error = error_against_cpu(library, arrays, *case)
        yield {
            "what": what,
            "type": kind,
            "order": order,
            "error": error,
            "tolerance": TOLERANCES[kind],
            "ok": error <= TOLERANCES[kind],  # false for NaN
        }


def check_bits(library, arrays, runs: int, size: int) -> bool:
    """Returns whether all runs gave the same bits, each with a lattice of its own."""
    features = scene.features(size, size, batch=2)
    values = np.random.default_rng(1).random((2, size * size, 21))
    seen = {
        run_filter(library, arrays, values, features, "float32", "symmetric").tobytes()
        for _ in range(runs)
    }
    return len(seen) == 1
