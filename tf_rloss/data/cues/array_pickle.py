"""Arrays out of pickle files that strangers wrote, without unpickling.

A pickle is a program: unpickling calls whatever functions it names. The reader here is
another interpreter of that language, which knows how to build dicts, lists, numbers,
text and NumPy arrays and nothing else. What a file names is looked up in a short
table, and imports, attributes and calls do not exist in it.
"""

import gzip
import pickletools
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.data.source import DataError

MAX_BYTES = 1 << 29
"""Most bytes that a file may hold, once decompressed."""

_GZIP_MAGIC = b"\x1f\x8b"
_NUMBERS = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]
_LITERALS = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BYTEARRAY8"),
}
_NEW = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_DAMAGES = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError),
    *(struct.error, zlib.error, gzip.BadGzipFile),
)


class _RefusedError(ValueError):
    """What makes a file more than a pickle of arrays."""


class _DType:
    """A type of numbers, which its state gives a byte order."""

    def __init__(self, name, *_):
        if name not in _NUMBERS:
            raise _RefusedError(f"has values of type {name!r}, not plain numbers")
        self.type = np.dtype(name)

    def build(self, state):
        _, order, *rest = state
        if order not in ("<", ">", "|", "=") or any(rest[:3]):
            raise _RefusedError("has a compound type of numbers")
        self.type = self.type.newbyteorder(order)


class _Array:
    """An array, which its state gives a shape and values."""

    def __init__(self, *_):
        self.values = None

    def build(self, state):
        _, shape, dtype, fortran, data = state
        self.values = _values(data, dtype, shape, "F" if fortran else "C")


def _values(data, dtype, shape, order="C"):
    """Makes an array out of bytes, which must be as many as its shape says."""
    data = data.encode("latin-1") if isinstance(data, str) else bytes(data)
    return np.frombuffer(data, dtype.type).reshape(shape, order=order)


def _from_buffer(data, dtype, shape, order):
    array = _Array()
    array.values = _values(data, dtype, shape, order)
    return array


def _scalar(dtype, data):
    return _values(data, dtype, ()).item()


def _encode(text, encoding):
    """How Python 3 writes bytes in the pickles of Python 2."""
    if encoding != "latin1" or not isinstance(text, str):
        raise _RefusedError(f"encodes text as {encoding!r}")
    return text.encode("latin-1")


def _no_bytes():
    """How Python 3 writes the bytes of an empty array in the pickles of Python 2."""
    return b""


_CALLS = {
    "ndarray": None,  # only ever an argument
    "dtype": _DType,
    "_reconstruct": _Array,
    "scalar": _scalar,
    "_frombuffer": _from_buffer,
    "encode": _encode,
    "bytes": _no_bytes,
}
_KNOWN = {("numpy", "ndarray"): "ndarray", ("numpy", "dtype"): "dtype"}
_KNOWN |= {("_codecs", "encode"): "encode", ("__builtin__", "bytes"): "bytes"}
for _core in ("core", "_core"):
    for _call in ("_reconstruct", "scalar"):
        _KNOWN[f"numpy.{_core}.multiarray", _call] = _call
    _KNOWN[f"numpy.{_core}.numeric", "_frombuffer"] = "_frombuffer"


class _Name:
    """A function that the file may ask for."""

    def __init__(self, module, name):
        if (module, name) not in _KNOWN:
            raise _RefusedError(f"asks for {module}.{name}")
        self.call = _CALLS[_KNOWN[module, name]]


class _Reader:
    """The bytes of a file, up to a limit."""

    def __init__(self, file, limit):
        self._file, self._left, self._limit = file, limit, limit

    def _count(self, data):
        self._left -= len(data)
        return data

    def read(self, size):
        if size > self._left:
            raise _RefusedError(f"holds more than {self._limit >> 20} MiB")
        return self._count(self._file.read(size))

    def readline(self):
        return self._count(self._file.readline(min(self._left, 1000)))


def read_array_dict(path: str | Path, *, max_bytes: int = MAX_BYTES) -> dict[Any, Any]:
    """Reads a pickle, of protocol 2 to 5, of a dict of arrays.

    Args:
        path: the file, compressed with gzip or not.
        max_bytes: how much it may hold decompressed, so that a small file cannot
            fill the memory.

    Returns:
        The dict. Its values are read-only arrays of integers, floats or booleans, and
        whatever else the file holds: numbers, text, bytes, None, lists of them.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is damaged, too large, or holds anything else; it is
            never executed.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP_MAGIC
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            content = _interpret(_Reader(file, max_bytes))
        if not isinstance(content, dict):
            raise _RefusedError(f"holds a {type(content).__name__.strip('_')}")
        return {
            key: value.values if isinstance(value, _Array) else value
            for key, value in content.items()
        }
    except _RefusedError as error:
        raise DataError(
            f"{path}: {error}. Only pickles of a dict of arrays are read."
        ) from error
    except _DAMAGES as error:
        raise DataError(
            f"{path}: is not a whole pickle of protocol 2 to 5 ({error})."
        ) from error


def _interpret(reader):
    """Runs the opcodes of a pickle; returns what is on the stack at its end."""
    stack, marks, memo = [], [], {}

    def since_mark():
        mark = marks.pop()
        taken = stack[mark:]
        del stack[mark:]
        return taken

    for opcode, argument, _ in pickletools.genops(reader):
        name = opcode.name
        if name in _LITERALS:
            stack.append(argument)
        elif name in _NEW:
            stack.append(_NEW[name]())
        elif name in _TUPLES:
            count = _TUPLES[name]
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name == "MARK":
            marks.append(len(stack))
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name in ("APPEND", "APPENDS"):
            new = since_mark() if name == "APPENDS" else [stack.pop()]
            stack[-1].extend(new)
        elif name in ("SETITEM", "SETITEMS"):
            new = since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            stack[-1].update(zip(new[::2], new[1::2], strict=True))
        elif name == "GLOBAL":
            stack.append(_Name(*argument.split(" ")))
        elif name == "STACK_GLOBAL":
            stack[-2:] = [_Name(*stack[-2:])]
        elif name == "REDUCE":
            arguments = stack.pop()
            stack[-1] = stack[-1].call(*arguments)
        elif name == "BUILD":
            state = stack.pop()
            stack[-1].build(state)
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise _RefusedError(f"has the instruction {name}")
    if reader.read(1):  # Asking also makes gzip compare its checksum.
        raise _RefusedError("goes on after its end")
    (result,) = stack
    return result
