"""Calls the library of custom_ops/gpu/c_api/c_api.h by ctypes."""

import ctypes
import pathlib
from collections.abc import Callable

import numpy as np

from benchmarks.gpu_kernels.c_structs import (
    VALUE_TYPES,
    Bandwidths,
    CDerivatives,
    CForms,
    Forms,
    describe_images,
)

ORDERS = ("forward", "reverse", "symmetric")
_ALLOCATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_INT64 = ctypes.c_int64


class GpuError(RuntimeError):
    """An error that the library reports."""


class Lattice:
    """A lattice on the GPU, together with the memory that holds it."""

    def __init__(self, library, handle, memory):
        self._library = library
        self.handle = handle
        self._memory = memory

    def inspect(self) -> dict[str, int]:
        """Returns the numbers of vertices, rows and attempts, and the image's width."""
        four = (ctypes.c_int64 * 4)()
        self._library.RlossGpuInspect(self.handle, four)
        return dict(zip(("vertices", "rows", "width", "attempts"), four, strict=True))

    def __del__(self):
        self._library.RlossGpuRelease(self.handle)


class GpuLibrary:
    """The functions of the library; each raises `GpuError` when it fails.

    Args:
        path: of librloss_gpu.so.
        arrays: one of the classes in arrays.py, which holds the arrays on the GPU.
    """

    def __init__(self, path: pathlib.Path, arrays):
        self._library = ctypes.CDLL(str(path))
        self._arrays = arrays

    def build(self, features, value_type: str, equalized: bool = False) -> Lattice:
        """Builds the lattices of features (B, N, D)."""
        images, points, dim = features.shape
        memory, allocate = self._allocator()
        handle = ctypes.c_void_p()
        self._call(
            "RlossGpuBuild",
            self._pointer(features),
            *(_INT64(images), _INT64(points), dim),
            VALUE_TYPES.index(value_type),
            int(equalized),
            self._stream(),
            *(allocate, None),
            ctypes.byref(handle),
        )
        return Lattice(self._library, handle, memory)

    def filter(
        self, lattice: Lattice, values, value_type: str, order: str, output
    ) -> None:
        """Filters values (B, N, C) into `output`, without waiting for the GPU."""
        memory, allocate = self._allocator()
        self._call(
            "RlossGpuFilter",
            lattice.handle,
            VALUE_TYPES.index(value_type),
            self._pointer(values),
            _INT64(values.shape[2]),
            ORDERS.index(order),
            self._stream(),
            *(allocate, None),
            self._pointer(output),
        )
        del memory  # its pool reuses it for later work of the same stream only

    def features(
        self, image, value_type: str, bandwidths: Bandwidths, features
    ) -> None:
        """Computes `features` (B, H W, C + 2) of image (B, H, W, C)."""
        images = describe_images(
            image, self._arrays.pointer(image), value_type, bandwidths
        )
        self._call(
            "RlossGpuFeatures",
            ctypes.byref(images),
            self._stream(),
            self._pointer(features),
        )

    def forms(self, lattice: Lattice, values, region, forms: Forms) -> None:
        """Computes the forms of values (B, N, K) into `forms`.

        Args:
            lattice: of the images.
            values: S.
            region: R (B, N), or None for ones.
            forms: arrays that are overwritten.
        """
        memory, allocate = self._allocator()
        self._call(
            "RlossGpuForms",
            lattice.handle,
            self._pointer(values),
            None if region is None else self._pointer(region),
            _INT64(values.shape[2]),
            self._stream(),
            *(allocate, None),
            ctypes.byref(CForms(*map(self._arrays.pointer, forms))),
        )
        del memory  # as in filter()

    def mix_forms(
        self, forms: Forms, within, degree, value_type: str, gradient
    ) -> None:
        """Computes the gradient of a loss in the values into `gradient` (B, N, K).

        Args:
            forms: of the values.
            within: (B, K), derivatives of the loss by `forms.within`.
            degree: (B, K), derivatives of the loss by `forms.degree`.
            value_type: "float32" or "float64".
            gradient: array that is overwritten.
        """
        given = (forms.filtered, forms.degrees, within, degree)
        self._call(
            "RlossGpuMixForms",
            ctypes.byref(CDerivatives(*map(self._arrays.pointer, given))),
            VALUE_TYPES.index(value_type),
            *map(_INT64, forms.filtered.shape),
            self._stream(),
            self._pointer(gradient),
        )

    def trace(self, work: Callable[[], object]) -> list[tuple[str, float]]:
        """Calls `work` and returns (kernel, milliseconds) of all that it launched."""
        self._call("RlossGpuBeginTrace", self._stream())
        work()
        lines = ctypes.create_string_buffer(1 << 16)
        self._call("RlossGpuEndTrace", lines, _INT64(len(lines)))
        parts = (line.split() for line in lines.value.decode().splitlines())
        return [(name, float(milliseconds)) for name, milliseconds in parts]

    def filter_on_cpu(
        self,
        values: np.ndarray,
        features: np.ndarray,
        order: str,
        equalized: bool = False,
    ) -> np.ndarray:
        """Filters float32 or float64 arrays by the CPU's lattice."""
        output = values.copy()
        images, points, dim = features.shape
        self._call(
            "RlossCpuFilter",
            *(_address(values), _address(features)),
            *(_INT64(images), _INT64(points), values.shape[2], dim),
            VALUE_TYPES.index(str(values.dtype)),
            int(equalized),
            ORDERS.index(order),
            _address(output),
        )
        return output

    def forms_on_cpu(
        self,
        image: np.ndarray,
        values: np.ndarray,
        region: np.ndarray | None,
        bandwidths: Bandwidths,
        equalized: bool = False,
    ) -> Forms:
        """Computes the forms of float32 or float64 arrays on the CPU."""
        kind = str(image.dtype)
        images = describe_images(image, image.ctypes.data, kind, bandwidths, equalized)
        forms = Forms.full(*values.shape, values.dtype)
        self._call(
            "RlossCpuForms",
            ctypes.byref(images),
            _address(values),
            None if region is None else _address(region),
            values.shape[2],
            ctypes.byref(CForms(*(array.ctypes.data for array in forms))),
        )
        return forms

    def mix_forms_on_cpu(self, forms: Forms, within, degree) -> np.ndarray:
        """Computes the gradient (B, N, K) of `mix_forms` on the CPU."""
        given = (forms.filtered, forms.degrees, within, degree)
        images, points, channels = forms.filtered.shape
        gradient = np.full_like(forms.filtered, 77)
        self._call(
            "RlossCpuMixForms",
            ctypes.byref(CDerivatives(*(array.ctypes.data for array in given))),
            VALUE_TYPES.index(str(gradient.dtype)),
            *(_INT64(images), _INT64(points), channels),
            _address(gradient),
        )
        return gradient

    def compile(self, capability: int, dim: int, value_type: str) -> tuple[int, str]:
        """Compiles a filter without a GPU.

        Args:
            capability: compute capability, such as 90 for 9.0.
            dim: number of features.
            value_type: one of `VALUE_TYPES`.

        Returns:
            The bytes of code, and the compiler's report.
        """
        report = ctypes.create_string_buffer(1 << 18)
        code_bytes = ctypes.c_int64()
        self._call(
            "RlossGpuCompile",
            *(capability, dim, VALUE_TYPES.index(value_type)),
            ctypes.byref(code_bytes),
            *(report, _INT64(len(report))),
        )
        return code_bytes.value, report.value.decode()

    def _call(self, name: str, *arguments) -> None:
        function = getattr(self._library, name)
        function.restype = ctypes.c_char_p
        error = function(*arguments)
        if error is not None:
            raise GpuError(error.decode())

    def _allocator(self):
        """Returns a list, and a C function whose allocations the list keeps."""
        memory = []

        def allocate(_, size):
            try:
                memory.append(self._arrays.empty(size))
            except MemoryError:
                return None
            return self._arrays.pointer(memory[-1])

        return memory, _ALLOCATE(allocate)

    def _pointer(self, array) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._arrays.pointer(array))

    def _stream(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._arrays.stream)


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
