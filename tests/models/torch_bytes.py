"""Writes files of tensors as PyTorch before 1.6 did, whole or with faults."""

import struct

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
KINDS = {"<f4": "FloatStorage", "<i8": "LongStorage"}


def text(content):
    return b"X" + struct.pack("<I", len(content)) + content.encode()


def number(value):
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def group(*parts):
    return b"(" + b"".join(parts) + b"t"


def name_of(module, name):
    return f"c{module}\n{name}\n".encode()


def storage(key="s", count=6, kind="FloatStorage", view=b"N"):
    """The instructions of a storage's name."""
    parts = (text("storage"), name_of("torch", kind), text(key), text("cpu"))
    return group(*parts, number(count), view) + b"Q"


def tensor(storage, shape=(2, 3), strides=(3, 1), offset=0):
    """The instructions of a tensor that is a part of a storage."""
    sizes = [group(*map(number, values)) for values in (shape, strides)]
    hooks = name_of("collections", "OrderedDict") + b")R"
    parts = group(storage, number(offset), *sizes, b"\x89", hooks)
    return name_of("torch._utils", "_rebuild_tensor_v2") + parts + b"R"


def dict_of(tensors):
    """The instructions of an ordered dict, with PyTorch's versions as its state."""
    items = b"".join(text(name) + value for name, value in tensors.items())
    versions = b"}" + text("_metadata") + b"}" + text("version") + b"K\x01ss"
    made = name_of("collections", "OrderedDict") + b")R"
    return made + b"(" + items + b"u" + versions + b"b"


def torch_bytes(
    tensors,
    numbers,
    magic=MAGIC,
    protocol=PROTOCOL,
    little_endian=b"\x88",
    keys=None,
    counts=None,
):
    """A whole file.

    Args:
        tensors: name -> instructions of a tensor.
        numbers: key -> the array that is the content of a storage.
        magic, protocol, little_endian: of the head; the last as an instruction.
        keys: the list of storages; None for that of `numbers`.
        counts: key -> announced number of elements, where it is not the real one.
    """
    listed = b"".join(map(text, numbers if keys is None else keys))
    system = b"}" + text("little_endian") + little_endian + b"s"
    pickles = [number(magic), number(protocol), system, dict_of(tensors)]
    pickles.append(b"](" + listed + b"e")
    content = b"".join(b"\x80\x02" + part + b"." for part in pickles)
    for key, array in numbers.items():
        content += struct.pack("<q", (counts or {}).get(key, array.size))
        content += array.tobytes()
    return content


def state_dict_bytes(arrays):
    """A whole file of arrays, each of which has a storage of its own.

    Args:
        arrays: name -> array, float32 or int64.
    """
    tensors = {}
    for name, array in arrays.items():
        kind = KINDS[array.dtype.str]
        strides = [stride // array.itemsize for stride in array.strides]
        of = storage(f"of {name}", array.size, kind)
        tensors[name] = tensor(of, array.shape, strides)
    return torch_bytes(
        tensors,
        {f"of {n}": np.ravel(array, order="K") for n, array in arrays.items()},
    )
