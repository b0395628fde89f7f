"""Arrays on a GPU, held by PyTorch or CuPy.

Each class has the same methods: `put` and `get` copy a NumPy array to the GPU and back,
`empty` allocates bytes, `pointer` returns an array's address, `synchronize` waits for
the `stream`, and `milliseconds` times what a function launches on it. `device` is the
name of the GPU.
"""

import importlib
import time
from collections.abc import Callable

import numpy as np


class TorchArrays:
    """PyTorch's memory, on a stream of its own."""

    name = "torch"

    def __init__(self):
        self._torch = importlib.import_module("torch")
        if not self._torch.cuda.is_available():
            raise ImportError("PyTorch sees no GPU")
        self._own_stream = self._torch.cuda.Stream()
        self._torch.cuda.set_stream(self._own_stream)
        self.stream = self._own_stream.cuda_stream
        self.device = self._torch.cuda.get_device_name()

    def put(self, array: np.ndarray):
        return self._torch.from_numpy(array).cuda()

    def get(self, array) -> np.ndarray:
        return array.cpu().numpy()

    def empty(self, size: int):
        try:
            return self._torch.empty(size, dtype=self._torch.uint8, device="cuda")
        except self._torch.cuda.OutOfMemoryError as error:
            raise MemoryError from error

    def pointer(self, array) -> int:
        return array.data_ptr()

    def synchronize(self):
        self._own_stream.synchronize()

    def milliseconds(self, work: Callable[[], object]) -> float:
        begin, end = (self._torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)


class CupyArrays:
    """CuPy's memory, on a stream of its own."""

    name = "cupy"

    def __init__(self):
        self._cupy = importlib.import_module("cupy")
        if not self._cupy.cuda.is_available():
            raise ImportError("CuPy sees no GPU")
        self._own_stream = self._cupy.cuda.Stream(non_blocking=True)
        self._own_stream.use()
        self.stream = self._own_stream.ptr
        properties = self._cupy.cuda.runtime.getDeviceProperties(0)
        self.device = properties["name"].decode()

    def put(self, array: np.ndarray):
        return self._cupy.asarray(array)

    def get(self, array) -> np.ndarray:
        return self._cupy.asnumpy(array)

    def empty(self, size: int):
        try:
            return self._cupy.empty(size, dtype=np.uint8)
        except self._cupy.cuda.memory.OutOfMemoryError as error:
            raise MemoryError from error

    def pointer(self, array) -> int:
        return array.data.ptr

    def synchronize(self):
        self._own_stream.synchronize()

    def milliseconds(self, work: Callable[[], object]) -> float:
        begin, end = (self._cupy.cuda.Event() for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        return self._cupy.cuda.get_elapsed_time(begin, end)


class HostArrays:
    """The processor's memory, for a driver that runs kernels on the processor."""

    name = "host"
    stream = 0
    device = "this processor, in place of a GPU: the times mean nothing"

    def put(self, array: np.ndarray):
        return array.copy()

    def get(self, array) -> np.ndarray:
        return array

    def empty(self, size: int):
        # Aligned like memory of a GPU, and not empty.
        whole = np.full(size + 256, 0xA5, np.uint8)
        begin = -whole.ctypes.data % 256
        return whole[begin : begin + size]

    def pointer(self, array) -> int:
        return array.ctypes.data

    def synchronize(self):
        pass

    def milliseconds(self, work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return 1000 * (time.perf_counter() - start)


BACKENDS = {kind.name: kind for kind in (TorchArrays, CupyArrays, HostArrays)}


def find_arrays(name: str):
    """Finds a library that holds arrays on the GPU.

    Args:
        name: a key of `BACKENDS`, or "auto" for the first that is installed.

    Raises:
        ImportError: if none is installed, or it sees no GPU.
    """
    if name != "auto":
        return BACKENDS[name]()
    reasons = []
    for kind in (TorchArrays, CupyArrays):
        try:
            return kind()
        except ImportError as error:
            reasons.append(str(error))
    raise ImportError("; ".join(reasons))
