"""Whether the GPU filters like the CPU, and with the same bits every time."""

import itertools

import numpy as np

from benchmarks import gpu_scene
from benchmarks.gpu_library import ORDERS

# Rounding of the type that values come and go in; sums are in float32 at least.
TOLERANCES = {"float32": 1e-5, "float64": 1e-12, "float16": 1e-3, "bfloat16": 8e-3}


def to_bfloat16(values: np.ndarray) -> np.ndarray:
    """Rounds float32 to the upper half of its bits, to nearest even."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    return rounded.astype(np.uint16).view(np.int16)  # PyTorch may know no other


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """Returns the float32 numbers."""
    return (bits.astype(np.uint16).astype(np.uint32) << 16).view(np.float32)


def encode(values: np.ndarray, value_type: str) -> np.ndarray:
    """Returns the array that the GPU reads."""
    is_brain = value_type == "bfloat16"
    return to_bfloat16(values) if is_brain else values.astype(value_type)


def decode(array: np.ndarray, value_type: str) -> np.ndarray:
    """Returns the numbers that the GPU wrote."""
    is_brain = value_type == "bfloat16"
    return from_bfloat16(array) if is_brain else array


def run_filter(
    library, arrays, values, features, value_type, order, equalized=False
) -> np.ndarray:
    """Builds, filters, and returns the output's array as the GPU wrote it."""
    real = np.float64 if value_type == "float64" else np.float32
    on_gpu = arrays.put(features.astype(real))
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
    real = np.float64 if value_type == "float64" else np.float32
    given = decode(encode(values, value_type), value_type).astype(real)
    expected = library.filter_on_cpu(given, features.astype(real), order, equalized)
    difference = actual.astype(np.float64) - expected
    return float(np.linalg.norm(difference) / np.linalg.norm(expected))


def cases(quick: bool):
    """Yields (what, values, features, type, order, equalized)."""
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
        features = gpu_scene.features(height, width, batch=2)
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


def check_values(library, arrays, quick: bool):
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
            "ok": error <= TOLERANCES[kind],  # never for NaN
        }


def check_bits(library, arrays, runs: int, size: int) -> bool:
    """Returns whether all runs, building included, gave the same bits."""
    features = gpu_scene.features(size, size, batch=2)
    values = np.random.default_rng(1).random((2, size * size, 21))
    seen = {
        run_filter(library, arrays, values, features, "float32", "symmetric").tobytes()
        for _ in range(runs)
    }
    return len(seen) == 1
