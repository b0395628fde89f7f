"""Reads the arrays of a pickle that a stranger wrote, and runs none of its code."""

import gzip
from pathlib import Path

import numpy as np

from tf_rloss.data.source import DataError
from tf_rloss.restricted_pickle import Call, Content, Unpickler

MAX_BYTES = 1 << 29
"""Most bytes that a file may hold, once decompressed."""

_NAMES = {"numpy.ndarray", "numpy.dtype", "_codecs.encode", "__builtin__.bytes"}
_NAMES |= {f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")}
_NAMES |= {f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")}
_NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")


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
    reader = Content(content)
    result = Unpickler(reader, _NAMES).load()
    if reader.read(1):
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
    function = call.function if type(call) is Call else type(call).__name__
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
    if type(data) is Call and data.function == "encode":
        data, encoding = data.arguments
        if encoding != "latin1":
            raise ValueError("it has text in another encoding than latin1")
    elif type(data) is Call and data.function == "bytes":
        data = b""
    return data.encode("latin-1") if type(data) is str else data


def _make_dtype(call):
    """Makes a type of plain numbers."""
    name, order, compound = call.arguments[0], call.state[1], call.state[2:5]
    if type(name) is not str or name not in _NUMBERS or any(compound):
        shown = name[:20] if type(name) is str else type(name).__name__
        raise ValueError(f"it has values of type {shown!r}, not plain numbers")
    return np.dtype(name).newbyteorder(order)
