"""The GPU filter's library (custom_ops/gpu/c_api/c_api.h) through ctypes."""

import ctypes
import pathlib
from typing import Any, NamedTuple

import numpy as np

VALUE_TYPES = ("float32", "float64", "float16", "bfloat16")
ORDERS = ("forward", "reverse", "symmetric")
_ALLOCATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class Forms(NamedTuple):
    """The forms of values S (B, N, K), factors R of the pixels; arrays of anything."""

    filtered: Any  # (B, N, K)  R W R S
    degrees: Any  # (B, N)     R W R 1
    within: Any  # (B, K)      S_k' R W R S_k
    degree: Any  # (B, K)      S_k' R W R 1
    total: Any  # (B,)         1' R W R 1

    @classmethod
    def full(cls, images: int, points: int, channels: int, dtype) -> "Forms":
        """Returns NumPy arrays full of what no form should be."""
        of_images = [(images, channels), (images, channels), (images,)]
        shapes = [(images, points, channels), (images, points), *of_images]
        return cls(*(np.full(shape, 77, dtype) for shape in shapes))


class Bandwidths(NamedTuple):
    """Of the kernel: in pixels, and in units of the image's colours."""

    xy: float
    rgb: float


class _Images(ctypes.Structure):
    _fields_ = (
        ("image", ctypes.c_void_p),
        ("images", ctypes.c_int64),
        ("points", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("colours", ctypes.c_int),
        ("sigma_xy", ctypes.c_float),
        ("sigma_rgb", ctypes.c_float),
        ("type", ctypes.c_int),
        ("equalized", ctypes.c_int),
    )


class _Forms(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in Forms._fields)


class _Derivatives(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in Forms._fields[:4])


class GpuError(RuntimeError):
    """What the library says went wrong."""


class Lattice:
    """A lattice on the GPU, together with the memory that holds it."""

    def __init__(self, library, handle, memory):
        self._library = library
        self.handle = handle
        self._memory = memory

    def inspect(self) -> dict:
        """Returns what was built: vertices, rows, width of the image, attempts."""
        four = (ctypes.c_int64 * 4)()
        self._library.RlossGpuInspect(self.handle, four)
        return dict(zip(("vertices", "rows", "width", "attempts"), four, strict=True))

    def __del__(self):
        self._library.RlossGpuRelease(self.handle)


class GpuLibrary:
    """Builds lattices and filters on them; arrays are those of `arrays`.

    Args:
        path: of librloss_gpu.so.
        arrays: one of the classes in benchmarks/gpu_arrays.py.
    """

    def __init__(self, path: pathlib.Path, arrays):
        self._library = ctypes.CDLL(str(path))
        self._arrays = arrays
        for name in ("Build", "Filter", "BeginTrace", "EndTrace", "Compile"):
            getattr(self._library, f"RlossGpu{name}").restype = ctypes.c_char_p
        for name in ("Features", "Forms", "MixForms"):
            getattr(self._library, f"RlossGpu{name}").restype = ctypes.c_char_p
        for name in ("Filter", "Forms", "MixForms"):
            getattr(self._library, f"RlossCpu{name}").restype = ctypes.c_char_p

    def build(self, features, value_type: str, equalized=False) -> Lattice:
        """Builds the lattices of features (B, N, D)."""
        images, points, dim = features.shape
        memory, allocate = self._allocator()
        handle = ctypes.c_void_p()
        _check(
            self._library.RlossGpuBuild(
                self._pointer(features),
                ctypes.c_int64(images),
                ctypes.c_int64(points),
                dim,
                VALUE_TYPES.index(value_type),
                int(equalized),
                self._stream(),
                allocate,
                None,
                ctypes.byref(handle),
            )
        )
        return Lattice(self._library, handle, memory)

    def filter(self, lattice: Lattice, values, value_type: str, order: str, output):
        """Filters values (B, N, C) into `output`, without waiting."""
        memory, allocate = self._allocator()
        _check(
            self._library.RlossGpuFilter(
                lattice.handle,
                VALUE_TYPES.index(value_type),
                self._pointer(values),
                ctypes.c_int64(values.shape[2]),
                ORDERS.index(order),
                self._stream(),
                allocate,
                None,
                self._pointer(output),
            )
        )
        del memory  # the pool gives it to later work of the same stream only

    def features(self, image, value_type: str, bandwidths: Bandwidths, features):
        """Writes those of image (B, H, W, C) to `features` (B, H W, C + 2)."""
        pointer = self._pointer(image)
        images = _describe_images(image, pointer, value_type, bandwidths, False)
        _check(
            self._library.RlossGpuFeatures(
                ctypes.byref(images), self._stream(), self._pointer(features)
            )
        )

    def forms(self, lattice: Lattice, values, region, forms: Forms):
        """Writes the forms of values (B, N, K), region (B, N) or None, to `forms`."""
        memory, allocate = self._allocator()
        _check(
            self._library.RlossGpuForms(
                lattice.handle,
                self._pointer(values),
                None if region is None else self._pointer(region),
                ctypes.c_int64(values.shape[2]),
                self._stream(),
                allocate,
                None,
                ctypes.byref(_Forms(*map(self._arrays.pointer, forms))),
            )
        )
        del memory  # as in filter()

    def mix_forms(self, forms: Forms, within, degree, value_type: str, gradient):
        """Writes the gradient, by the derivatives (B, K) of a loss, to `gradient`."""
        given = (forms.filtered, forms.degrees, within, degree)
        images, points, channels = map(ctypes.c_int64, forms.filtered.shape)
        _check(
            self._library.RlossGpuMixForms(
                ctypes.byref(_Derivatives(*map(self._arrays.pointer, given))),
                VALUE_TYPES.index(value_type),
                images,
                points,
                channels,
                self._stream(),
                self._pointer(gradient),
            )
        )

    def trace(self, work) -> list[tuple[str, float]]:
        """Calls `work` and returns (kernel, milliseconds) of all it launched."""
        _check(self._library.RlossGpuBeginTrace(self._stream()))
        work()
        lines = ctypes.create_string_buffer(1 << 16)
        _check(self._library.RlossGpuEndTrace(lines, ctypes.c_int64(len(lines))))
        parts = (line.split() for line in lines.value.decode().splitlines())
        return [(name, float(milliseconds)) for name, milliseconds in parts]

    def filter_on_cpu(self, values, features, order: str, equalized=False):
        """Filters NumPy arrays of float32 or float64 by the CPU's lattice."""
        output = values.copy()
        images, points, dim = features.shape
        _check(
            self._library.RlossCpuFilter(
                ctypes.c_void_p(values.ctypes.data),
                ctypes.c_void_p(features.ctypes.data),
                ctypes.c_int64(images),
                ctypes.c_int64(points),
                values.shape[2],
                dim,
                VALUE_TYPES.index(str(values.dtype)),
                int(equalized),
                ORDERS.index(order),
                ctypes.c_void_p(output.ctypes.data),
            )
        )
        return output

    def forms_on_cpu(
        self, image, values, region, bandwidths: Bandwidths, equalized=False
    ) -> Forms:
        """Returns the CPU's forms of NumPy arrays of float32 or float64."""
        images = _describe_images(
            image, image.ctypes.data, str(image.dtype), bandwidths, equalized
        )
        forms = Forms.full(*values.shape, values.dtype)
        _check(
            self._library.RlossCpuForms(
                ctypes.byref(images),
                ctypes.c_void_p(values.ctypes.data),
                None if region is None else ctypes.c_void_p(region.ctypes.data),
                values.shape[2],
                ctypes.byref(_Forms(*(array.ctypes.data for array in forms))),
            )
        )
        return forms

    def mix_forms_on_cpu(self, forms: Forms, within, degree):
        """Returns the CPU's gradient (B, N, K)."""
        given = (forms.filtered, forms.degrees, within, degree)
        images, points, channels = forms.filtered.shape
        gradient = np.full_like(forms.filtered, 77)
        _check(
            self._library.RlossCpuMixForms(
                ctypes.byref(_Derivatives(*(array.ctypes.data for array in given))),
                VALUE_TYPES.index(str(gradient.dtype)),
                ctypes.c_int64(images),
                ctypes.c_int64(points),
                channels,
                ctypes.c_void_p(gradient.ctypes.data),
            )
        )
        return gradient

    def compile(self, capability: int, dim: int, value_type: str) -> tuple[int, str]:
        """Compiles without a GPU; returns the bytes of code and the report."""
        report = ctypes.create_string_buffer(1 << 18)
        code_bytes = ctypes.c_int64()
        _check(
            self._library.RlossGpuCompile(
                capability,
                dim,
                VALUE_TYPES.index(value_type),
                ctypes.byref(code_bytes),
                report,
                ctypes.c_int64(len(report)),
            )
        )
        return code_bytes.value, report.value.decode()

    def _allocator(self):
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


def _describe_images(
    image, pointer: int, value_type: str, bandwidths, equalized: bool
) -> _Images:
    images, height, width, colours = image.shape
    kind = VALUE_TYPES.index(value_type)
    sizes = (images, height * width, width, colours)
    return _Images(pointer, *sizes, *bandwidths, kind, int(equalized))


def _check(error: bytes | None) -> None:
    if error is not None:
        raise GpuError(error.decode())
