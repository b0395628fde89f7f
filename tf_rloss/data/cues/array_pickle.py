"""Reads the arrays of a pickle file that a stranger wrote, and runs none of its code.

A pickle is a program whose instructions can call any function by its name. Here the
unpickler of Python's standard library runs with most instructions taken away. It calls
nothing: it takes down what the file calls, and the arrays are made from those notes.

The unpickler is the one in Python, not its twin in C: a file can make that one hash a
tuple for years, or allocate gigabytes for one place in its memo.
"""

import gzip
import io
import pickle
import pickletools
import struct
from pathlib import Path

import numpy as np

from tf_rloss.data.source import DataError

MAX_BYTES = 1 << 29
"""Most bytes that a file may hold, once decompressed."""

MAX_READS = 1 << 20
"""Most reads of instructions and of their arguments; SEC's file takes 677,332."""

_INSTRUCTIONS = {
    *("PROTO", "FRAME", "STOP", "MARK", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    *("BINGET", "LONG_BINGET", "BINPUT", "LONG_BINPUT", "MEMOIZE"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1"),
    *("BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "BYTEARRAY8", "EMPTY_DICT", "SETITEM", "SETITEMS"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
}
_NAMES = {"numpy.ndarray", "numpy.dtype", "_codecs.encode", "__builtin__.bytes"}
_NAMES |= {f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")}
_NAMES |= {f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")}
_NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")


class _Call:
    """A call that a file asks for, and the state that it gives to the result."""

    def __init__(self, function: str, arguments: tuple):
        self.function, self.arguments, self.state = function, arguments, ()


class _ArrayUnpickler(pickle._Unpickler):
    """Builds a dict of text and calls; refuses a file that asks for anything else."""

    def find_class(self, module: str, name: str) -> str:
        """Returns the name of a function that arrays are pickled with."""
        if f"{module}.{name}" not in _NAMES:
            raise ValueError(f"it asks for {module[:40]}.{name[:40]}")
        return name

    def load_reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if type(function) is not str or type(arguments) is not tuple:
            raise ValueError("it calls something that is not a function")
        self.append(_Call(function, arguments))

    def load_build(self) -> None:
        state, call = self.stack.pop(), self.stack[-1]
        if type(call) is not _Call or type(state) is not tuple:
            raise ValueError("it sets the state of something that is not an array")
        call.state = state

    def load_setitem(self) -> None:
        self._set_items([self.stack.pop(-2), self.stack.pop()])

    def load_setitems(self) -> None:
        self._set_items(self.pop_mark())

    def _set_items(self, items):
        # Only text is hashed: the hash of a tuple can take as long as its file likes.
        if type(self.stack[-1]) is not dict or {*map(type, items[::2])} - {str}:
            raise ValueError("it has items whose keys are not text")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def load_frame(self) -> None:
        self.read(8)  # A frame only tells how much may be read ahead.

    def load_bytearray8(self) -> None:
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(self.read(size))


class _Methods(dict):
    """The methods of an unpickler, by the code of the instruction that they run."""

    def __missing__(self, code):
        opcode = pickletools.code2op.get(chr(code))
        raise ValueError(f"it has the instruction {opcode.name if opcode else code}")


_ArrayUnpickler.dispatch = _Methods(
    (code, getattr(_ArrayUnpickler, method.__name__))
    for code, method in pickle._Unpickler.dispatch.items()
    if pickletools.code2op[chr(code)].name in _INSTRUCTIONS
)


class _Content(io.BytesIO):
    """The bytes of a file, which can be read a limited number of times."""

    reads = 0

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise ValueError(f"it takes more than {MAX_READS} reads")
        return super().read(size)


def read_array_dict(
    path: str | Path, *, max_bytes: int = MAX_BYTES
) -> dict[str, np.ndarray]:
    """Reads a pickle, of protocol 2 to 5, of a dict of arrays.

    Args:
        path: the file, compressed with gzip or not.
        max_bytes: most bytes that it may hold decompressed, so that a small file
            cannot fill the memory.

    Returns:
        The dict, whose keys are text. Its arrays are read-only and hold integers,
        floats or booleans.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is damaged, too large, or holds anything else.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            content = file.read(max_bytes + 1)
        return _make_arrays(_load(content, max_bytes), max_bytes)
    except Exception as error:  # Damaged files fail in a dozen ways.
        reason = str(error)[:200] or "it is not whole"
        raise DataError(
            f"{path}: is not a pickle of a dict of arrays ({reason})."
        ) from error


def _load(content, max_bytes):
    """Runs the instructions of a pickle; returns the dict that they build."""
    _check_size(len(content), max_bytes)
    reader = _Content(content)
    unpickler = _ArrayUnpickler(reader, encoding="latin1")
    result = unpickler.load()
    if unpickler.stack or unpickler.metastack or reader.read(1):
        raise ValueError("it goes on after its end")
    if type(result) is not dict:
        raise ValueError("it holds no dict")
    return result


def _make_arrays(calls, max_bytes):
    """Makes an array from every call in a dict, which ends empty."""
    arrays, size = {}, 0
    for key in list(calls):
        arrays[key] = _make_array(calls.pop(key))
        # In the file arrays can share their bytes, but here each has its own.
        size += arrays[key].nbytes
        _check_size(size, max_bytes)
    return arrays


def _check_size(size, max_bytes):
    if size > max_bytes:
        raise ValueError(f"it holds more than {max_bytes >> 20} MiB")


def _make_array(call):
    """Makes an array, whose bytes must be as many as its shape and type say."""
    function = call.function if type(call) is _Call else type(call).__name__
    if function == "_reconstruct":
        _, shape, dtype, fortran, data = call.state
    elif function == "_frombuffer":
        data, dtype, shape, order = call.arguments
        fortran = order == "F"
    else:
        raise ValueError(f"it holds a value of {function[:40]}, not an array")
    array = np.frombuffer(_make_bytes(data), _make_dtype(dtype))
    array = array.reshape(shape, order="F" if fortran else "C")
    if array.shape != shape:
        raise ValueError("it has an array of unknown shape")
    return array


def _make_bytes(data):
    """Makes bytes. Python 2 pickles them as text, Python 3 as they are or as a call."""
    if type(data) is _Call and data.function == "encode":
        data, encoding = data.arguments
        if encoding != "latin1":
            raise ValueError("it has text in another encoding than latin1")
    elif type(data) is _Call and data.function == "bytes":
        data = b""
    return data.encode("latin-1") if type(data) is str else data


def _make_dtype(call):
    """Makes a type of plain numbers."""
    name, order, compound = call.arguments[0], call.state[1], call.state[2:5]
    if type(name) is not str or name not in _NUMBERS or any(compound):
        shown = name[:20] if type(name) is str else type(name).__name__
        raise ValueError(f"it has values of type {shown!r}, not plain numbers")
    return np.dtype(name).newbyteorder(order)
