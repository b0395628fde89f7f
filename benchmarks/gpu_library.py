"""The GPU filter's library (custom_ops/gpu/c_api.h) through ctypes."""

import ctypes
import pathlib

VALUE_TYPES = ("float32", "float64", "float16", "bfloat16")
ORDERS = ("forward", "reverse", "symmetric")
_ALLOCATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


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
        self._library.RlossCpuFilter.restype = ctypes.c_char_p

    def build(self, features, value_type: str) -> Lattice:
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

    def trace(self, work) -> list[tuple[str, float]]:
        """Calls `work` and returns (kernel, milliseconds) of all it launched."""
        _check(self._library.RlossGpuBeginTrace(self._stream()))
        work()
        lines = ctypes.create_string_buffer(1 << 16)
        _check(self._library.RlossGpuEndTrace(lines, ctypes.c_int64(len(lines))))
        parts = (line.split() for line in lines.value.decode().splitlines())
        return [(name, float(milliseconds)) for name, milliseconds in parts]

    def filter_on_cpu(self, values, features, order: str):
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
                ORDERS.index(order),
                ctypes.c_void_p(output.ctypes.data),
            )
        )
        return output

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


def _check(error: bytes | None) -> None:
    if error is not None:
        raise GpuError(error.decode())
