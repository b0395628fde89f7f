"""Files of PyTorch are read, and a hostile one can do nothing but be refused."""

import io
import os
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from tests.models.torch_bytes import (
    dict_of,
    group,
    name_of,
    number,
    state_dict_bytes,
    storage,
    tensor,
    text,
    torch_bytes,
)
from tf_rloss.models.torch_file import read_torch_file

LIMIT = 1 << 20
SIX = {"s": np.arange(6, dtype=np.float32)}
DOUBLED = b"K\x01" + b"q\x00h\x00\x86" * 60
"""A pair of the same pair, 60 times over: 2^60 leaves."""


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "a.pth"
        path.write_bytes(content)
        return path

    return write


def test_arrays_of_both_types_are_read(write):
    arrays = {
        "kernel": np.random.default_rng(0).normal(size=(4, 3, 2)).astype(np.float32),
        "columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        "count": np.array(1 << 40),
    }
    read = read_torch_file(write(state_dict_bytes(arrays)))
    assert list(read) == list(arrays)
    for name, expected in arrays.items():
        np.testing.assert_array_equal(read[name], expected)
        assert (read[name].dtype, read[name].shape) == (expected.dtype, expected.shape)
        assert not read[name].flags.writeable


def test_arrays_may_be_parts_of_one_storage(write):
    tensors = {
        "row": tensor(storage(), (3,), (1,), offset=3),
        "column": tensor(storage(), (2,), (3,), offset=2),
        "number": tensor(storage(), (), (), offset=5),
    }
    read = read_torch_file(write(torch_bytes(tensors, SIX)))
    np.testing.assert_array_equal(read["row"], [3, 4, 5])
    np.testing.assert_array_equal(read["column"], [2, 5])
    assert read["number"] == 5


def whole(value=None, **faults):
    """A file of one tensor of six numbers, except for its faults."""
    value = tensor(storage()) if value is None else value
    return torch_bytes({"a": value}, faults.pop("numbers", SIX), **faults)


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return buffer.getvalue()


REBUILD = name_of("torch._utils", "_rebuild_tensor_v2")
HUGE = 1 << 62
HOSTILE = {
    # The head.
    "empty": b"",
    "no pickle": b"\x89PNG\r\n\x1a\n",
    "format since 1.6": zipped(),
    "other magic number": whole(magic=7),
    "other protocol": whole(protocol=1002),
    "doubled magic number": b"\x80\x02" + DOUBLED + b"." + whole()[15:],
    "big-endian numbers": whole(little_endian=b"\x89"),
    "no order of bytes": whole(little_endian=b"N"),
    # Other functions and classes.
    "call of the system": whole(name_of("os", "system") + group(text("true")) + b"R"),
    "call of the system for a storage": whole(
        tensor(name_of("os", "system") + group(text("true")) + b"R")
    ),
    "call in the list of storages": whole()[:-41]
    + name_of("os", "system")
    + group(text("true"))
    + b"R.",
    "other function of PyTorch": whole(name_of("torch", "load") + b")R"),
    "dotted name": whole(b"\x8c\x05torch\x8c\x0ehub.load.apply\x93)R"),
    "other storage": whole(tensor(storage(kind="DoubleStorage"))),
    "text as a storage's type": whole(
        tensor(storage().replace(name_of("torch", "FloatStorage"), text("x" * 99)))
    ),
    "new object": whole(REBUILD + b")\x81"),
    "text persistent id": whole(tensor(b"Px\n")),
    # Names of storages.
    "number as a storage": whole(tensor(number(5) + b"Q")),
    "doubled storage": whole(tensor(DOUBLED + b"Q")),
    "storage of a view": whole(tensor(storage(view=b"K\x01"))),
    "storage with a doubled view": whole(tensor(storage(view=DOUBLED))),
    "negative storage": whole(tensor(storage(count=-6))),
    "huge storage": whole(tensor(storage(count=HUGE)), counts={"s": HUGE}),
    "storage of two sizes": torch_bytes(
        {"a": tensor(storage()), "b": tensor(storage(count=5), (5,), (1,))}, SIX
    ),
    "storage of two types": torch_bytes(
        {"a": tensor(storage()), "b": tensor(storage(kind="LongStorage"))}, SIX
    ),
    # Tensors.
    "no tensor": whole(number(5), numbers={}),
    "doubled tensor": whole(DOUBLED, numbers={}),
    "tensor without arguments": whole(REBUILD + b")R", numbers={}),
    "doubled arguments": whole(REBUILD + DOUBLED + b"R", numbers={}),
    "state of a tensor": whole(tensor(storage()) + b"}b"),
    "tensor without storage": whole(tensor(number(6)), numbers={}),
    "tensor in another's storage": whole(tensor(tensor(storage()))),
    "shape beyond the storage": whole(tensor(storage(), (7,), (1,))),
    "offset beyond the storage": whole(tensor(storage(), offset=1)),
    "strides beyond the storage": whole(tensor(storage(), strides=(4, 1))),
    "negative shape": whole(tensor(storage(), (-2, -3))),
    "negative strides": whole(tensor(storage(), strides=(-3, 1), offset=3)),
    "negative offset": whole(tensor(storage(), offset=-1)),
    "huge shape": whole(tensor(storage(), (HUGE, HUGE), (0, 0))),
    "huge strides": whole(tensor(storage(), (1, 6), (HUGE, 1))),
    "numbers that are repeated": whole(tensor(storage(), (7, 6), (0, 1))),
    "more strides than sides": whole(tensor(storage(), (6,), (1, 1))),
    "many axes": whole(tensor(storage(), (1,) * 99, (1,) * 99)),
    "doubled shape": whole(
        REBUILD + group(storage(), number(0), DOUBLED, DOUBLED) + b"R"
    ),
    "boolean shape": whole(
        REBUILD + group(storage(), number(0), group(b"\x88"), group(b"\x88")) + b"R"
    ),
    "list of tensors": whole().replace(
        dict_of({"a": tensor(storage())}), b"](" + tensor(storage()) + b"e"
    ),
    # The list of storages, and their numbers.
    "no list of storages": whole(keys=()),
    "unknown storage in the list": whole(keys=("s", "t")),
    "storage twice in the list": whole(keys=("s", "s")),
    "other storage in the list": whole(keys=("t",)),
    "other size in front of the numbers": whole(counts={"s": 5}),
    "fewer numbers than announced": whole(tensor(storage(count=7)), counts={"s": 7}),
    "more numbers than announced": whole() + b"\0",
    "a second file behind the first": whole() * 2,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence(write, name, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "system", calls.append)
    path = write(HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="is not a file of tensors") as caught:
            read_torch_file(path, max_bytes=LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    message = str(caught.value).removeprefix(str(path))
    assert message.endswith(").") and len(message) < 300 and "\n" not in message
    assert peak < 2 * LIMIT
    assert not calls


@pytest.mark.parametrize(
    "name, reason",
    [
        ("other magic number", "does not begin as"),
        ("big-endian numbers", "little-endian"),
        ("call of the system", "asks for os.system"),
        ("other storage", "asks for torch.DoubleStorage"),
        ("new object", "the instruction NEWOBJ"),
        ("storage of two sizes", "one storage in two ways"),
        ("no tensor", "something that is not a tensor"),
        ("doubled arguments", "not enough values"),
        ("tensor without storage", "without a storage"),
        ("offset beyond the storage", "not inside its storage"),
        ("numbers that are repeated", "not inside its storage"),
        ("many axes", "unknown shape"),
        ("no list of storages", "list of storages"),
        ("other size in front of the numbers", "another size than"),
        ("huge storage", "a FloatStorage that cannot be read"),
        ("more numbers than announced", "after its end"),
    ],
)
def test_the_refusal_tells_what_is_wrong(write, name, reason):
    with pytest.raises(ValueError, match=reason):
        read_torch_file(write(HOSTILE[name]))


def test_a_file_without_faults_is_read(write):
    """The hostile files are refused for their faults alone."""
    read = read_torch_file(write(whole()))
    np.testing.assert_array_equal(read["a"], [[0, 1, 2], [3, 4, 5]])


def test_a_truncated_file_is_refused_wherever_it_ends(write):
    content = whole()
    for end in range(len(content)):
        with pytest.raises(ValueError, match="is not a file of tensors"):
            read_torch_file(write(content[:end]))


def test_arrays_in_all_are_as_large_as_a_file_may_be(write):
    path = write(whole())
    with pytest.raises(ValueError, match="more than 0 MiB"):
        read_torch_file(path, max_bytes=100)
    # Few numbers that many tensors have parts of.
    values = np.zeros(1000, np.float32)
    many = {f"{i}": tensor(storage(count=1000), (1000,), (1,)) for i in range(2000)}
    path = write(torch_bytes(many, {"s": values}))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ValueError, match="more than 1 MiB"):
        read_torch_file(path, max_bytes=1 << 20)
