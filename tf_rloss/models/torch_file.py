"""Reads the arrays of a file that PyTorch saved, without PyTorch.

The format is the one before PyTorch 1.6: five pickles, then the numbers of each
storage. A stranger may have made the file: see `restricted_pickle`.
"""

import math
import os
from typing import Any, NamedTuple

import numpy as np

from tf_rloss.restricted_pickle import Call, Content, Unpickler, instructions

MAX_BYTES = 1 << 26
"""Most bytes that a file may hold, and that its arrays may have in all."""

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_NAMES = {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2"}
_NAMES |= {f"torch.{name}" for name in _TYPES}
_MOST_AXES = 8


class _Storage(NamedTuple):
    """Numbers that arrays are parts of, as the pickle announces them."""

    key: str
    kind: str
    count: int


class _TensorUnpickler(Unpickler):
    """Takes down calls that make tensors, and the storages that they name.

    Args:
        content: the file.
    """

    dispatch = instructions("BINPERSID", "EMPTY_LIST", "APPENDS")

    def __init__(self, content: Content):
        super().__init__(content, _NAMES)
        self.storages: dict[str, _Storage] = {}

    def persistent_load(self, pid: Any) -> _Storage:
        if type(pid) is not tuple or [*map(type, pid[1:5])] != [str, str, str, int]:
            raise ValueError("it names something that is not a storage")
        _, kind, key, _, count, view = pid
        if kind not in _TYPES or not 0 <= count <= MAX_BYTES or view is not None:
            raise ValueError(f"it has a {kind[:40]} that cannot be read")
        storage = _Storage(key, kind, count)
        if self.storages.setdefault(key, storage) != storage:
            raise ValueError("it announces one storage in two ways")
        return storage

    def call(self, function: str, arguments: tuple) -> Any:
        if function == "OrderedDict" and not arguments:
            return {}
        return super().call(function, arguments)

    def set_state(self, target: Any, state: Any) -> None:
        # The versions of a network's layers, which tensors do not depend on.
        if type(target) is not dict or type(state) is not dict:
            raise ValueError("it sets the state of something that is not a dict")


def read_torch_file(
    path: str | os.PathLike, *, max_bytes: int = MAX_BYTES
) -> dict[str, np.ndarray]:
    """Reads the tensors that `torch.save(network.state_dict(), path)` wrote.

    Args:
        path: the file.
        max_bytes: most bytes that it may hold, and that its arrays may have in all.

    Returns:
        Name -> array, float32 or int64. The arrays are read-only; several may be parts
        of the same memory.

    Raises:
        OSError: if the file cannot be opened.
        ValueError: if it is damaged, too large, or holds anything else.
    """
    with open(path, "rb") as file:
        content = file.read(max_bytes + 1)
    try:
        _check_size(len(content), max_bytes)
        return _read(Content(content), max_bytes)
    except Exception as error:  # Damaged files fail in a dozen ways.
        reason = str(error)[:200] or "it is not whole"
        raise ValueError(
            f"{path}: is not a file of tensors in PyTorch's format before 1.6 "
            f"({reason})."
        ) from error


def _read(content: Content, max_bytes: int) -> dict[str, np.ndarray]:
    if [Unpickler(content, set()).load() for _ in range(2)] != [_MAGIC, _PROTOCOL]:
        raise ValueError("it does not begin as such a file does")
    system = Unpickler(content, set()).load()
    if type(system) is not dict or system.get("little_endian") is not True:
        raise ValueError("its numbers are not in little-endian order")
    unpickler = _TensorUnpickler(content)
    tensors = unpickler.load()
    if type(tensors) is not dict:
        raise ValueError("it holds no dict")
    numbers = _read_storages(content, unpickler.storages)
    arrays, size = {}, 0
    for name, tensor in tensors.items():
        arrays[name] = _make_array(tensor, numbers)
        # In the file arrays can share their numbers, but not where they are copied.
        size += arrays[name].nbytes
        _check_size(size, max_bytes)
    return arrays


def _read_storages(
    content: Content, storages: dict[str, _Storage]
) -> dict[str, np.ndarray]:
    """Reads the keys of the storages, and behind them the numbers of each."""
    keys = _TensorUnpickler(content).load()
    if type(keys) is not list or {*map(type, keys)} - {str}:
        raise ValueError("it has no list of its storages")
    if len(keys) != len(storages) or set(keys) != set(storages):
        raise ValueError("its list of storages does not have those of its tensors")
    numbers = {}
    for key in keys:
        _, kind, count = storages[key]
        if int.from_bytes(content.read(8), "little") != count:
            raise ValueError("it has a storage of another size than it announces")
        data = content.read(count * _TYPES[kind].itemsize)
        if len(data) != count * _TYPES[kind].itemsize:
            raise ValueError("it is not whole")
        numbers[key] = np.frombuffer(data, _TYPES[kind])
    if content.read(1):
        raise ValueError("it goes on after its end")
    return numbers


def _make_array(tensor: Any, numbers: dict[str, np.ndarray]) -> np.ndarray:
    """Makes an array, all of whose numbers must lie in its storage."""
    if type(tensor) is not Call or tensor.function != "_rebuild_tensor_v2":
        raise ValueError("it holds something that is not a tensor")
    storage, offset, shape, strides = tensor.arguments[:4]
    if type(storage) is not _Storage:
        raise ValueError("it has a tensor without a storage")
    types = {type(shape), type(strides)}
    if types != {tuple} or not len(shape) == len(strides) <= _MOST_AXES:
        raise ValueError("it has a tensor of unknown shape")
    if {*map(type, (offset, *shape, *strides))} != {int}:
        raise ValueError("it has a tensor of unknown shape")
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    if (
        min(offset, *shape, *strides, 0) < 0
        or math.prod(shape) > storage.count
        or last >= storage.count
    ):
        raise ValueError("it has a tensor that is not inside its storage")
    data = numbers[storage.key]
    return np.lib.stride_tricks.as_strided(
        data[offset:], shape, [s * data.itemsize for s in strides], writeable=False
    )


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ValueError(f"it holds more than {max_bytes >> 20} MiB")
