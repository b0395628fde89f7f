"""Checks that the GPU's quadratic forms and their gradient are those of the CPU.

They exist in float32 and float64 only, the types in which the losses compute.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.gpu_kernels import scene
from benchmarks.gpu_kernels.c_structs import Bandwidths, Forms

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}  # rounding; the sums are in double
NAMES = (*Forms._fields, "gradient")


# Photographs take long to scale.
_pictures = functools.cache(scene.pictures)


class Case(NamedTuple):
    """Images, values on them, and derivatives of a loss by the forms of the values."""

    image: np.ndarray  # (B, H, W, 3) in [0, 255], or a volume (B, D, H, W, 3)
    values: np.ndarray  # (B, N, K) in [0, 1): positive, so that nothing cancels
    region: np.ndarray | None  # (B, N) >= 0, zero for some
    within: np.ndarray  # (B, K), derivatives by the form of that name
    degree: np.ndarray  # (B, K), the same
    equalized: bool = False

    @property
    def bandwidths(self) -> Bandwidths:
        """The usual ones; in small images fewer pixels, so that positions matter."""
        is_small = max(self.image.shape[1:-1]) < 200
        return Bandwidths(8.0 if is_small else scene.SIGMA_XY, scene.SIGMA_COLOR)

    @classmethod
    def random(cls, size: tuple[int, ...], channels: int, has_region: bool):
        """Makes a case of two pictures, the same for the same arguments.

        The slices of a volume, of size (D, H, W), are parts of a picture.
        """
        random = np.random.default_rng(0)
        *heights, width = size
        image = _pictures(math.prod(heights), width, 2).reshape(2, *size, 3)
        values = random.random((2, math.prod(size), channels))
        region = None
        if has_region:
            factors = random.random(values.shape[:2])
            region = np.where(factors < 0.3, 0, factors)
            region[:, 0] = 0.5  # not empty, even if there is one pixel
        within, degree = random.random((2, 2, channels))
        return cls(image, values, region, within, degree)

    def astype(self, value_type: str) -> "Case":
        """Returns the same case in another type."""
        arrays = (x if x is None else x.astype(value_type) for x in self[:-1])
        return Case(*arrays, self.equalized)


def run_forms(library, arrays, case: Case) -> list[np.ndarray]:
    """Returns the five forms and the gradient as the GPU wrote them."""
    kind = str(case.values.dtype)
    on_gpu = Case(*(x if x is None else arrays.put(x) for x in case[:-1]))
    images, *pixels, colours = case.image.shape
    dim = len(pixels) + colours
    empty = np.full((images, math.prod(pixels), dim), 77, kind)
    features = arrays.put(empty)
    library.features(on_gpu.image, kind, case.bandwidths, features)
    lattice = library.build(features, kind, case.equalized)
    forms = Forms(*map(arrays.put, Forms.full(*case.values.shape, kind)))
    library.forms(lattice, on_gpu.values, on_gpu.region, forms)
    gradient = arrays.put(np.full_like(case.values, 77))
    library.mix_forms(forms, on_gpu.within, on_gpu.degree, kind, gradient)
    arrays.synchronize()
    return [arrays.get(array) for array in (*forms, gradient)]


def run_on_cpu(library, case: Case) -> list[np.ndarray]:
    """Returns the five forms and the gradient as the CPU computes them."""
    forms = library.forms_on_cpu(
        case.image, case.values, case.region, case.bandwidths, case.equalized
    )
    return [*forms, library.mix_forms_on_cpu(forms, case.within, case.degree)]


def relative_error(name: str, actual: np.ndarray, expected: np.ndarray) -> float:
    """Returns the error of an output.

    For the sums (B, K) and (B,) it is the greatest relative error of a number, for the
    outputs of all pixels ||actual - expected|| / ||expected||.
    """
    difference = actual.astype(np.float64) - expected
    if name in ("within", "degree", "total"):
        return float(np.max(np.abs(difference / expected)))
    return float(np.linalg.norm(difference) / np.linalg.norm(expected))


def cases(quick: bool) -> Iterator[tuple[str, Case]]:
    """Yields (description, case)."""
    sizes = [(1, 1), (1, 129), (17, 23), (5, 7, 11)]
    sizes += [] if quick else [(65, 33), (32, 64, 64), (513, 513)]
    for size in sizes:
        for channels in (1, 2, 21, 150):
            for has_region in (False, True):
                what = f"{' x '.join(map(str, size))}, {channels} channels"
                what += ", region" if has_region else ""
                case = Case.random(size, channels, has_region)
                for kind in TOLERANCES:
                    if kind == "float32" or channels <= 2 or not quick:
                        yield what, case.astype(kind)
        yield what + ", equalized", case.astype("float32")._replace(equalized=True)


def check_values(library, arrays, quick: bool) -> Iterator[dict]:
    """Yields a row for each case, with the error of the worst of the six outputs."""
    for what, case in cases(quick):
        kind = str(case.values.dtype)
        outputs = zip(
            NAMES,
            run_forms(library, arrays, case),
            run_on_cpu(library, case),
            strict=True,
        )
        errors = [relative_error(*output) for output in outputs]
        worst = int(np.argmax(errors))  # that of a NaN, if there is one
        yield {
            "forms of": what,
            "type": kind,
            "worst": NAMES[worst],
            "error": errors[worst],
            "tolerance": TOLERANCES[kind],
            "ok": errors[worst] <= TOLERANCES[kind],  # false for NaN
        }


def check_bits(library, arrays, runs: int, size: int) -> bool:
    """Returns whether all runs gave the same bits, each with a lattice of its own."""
    case = Case.random((size, size), 21, has_region=True).astype("float32")
    seen = {
        b"".join(output.tobytes() for output in run_forms(library, arrays, case))
        for _ in range(runs)
    }
    return len(seen) == 1
