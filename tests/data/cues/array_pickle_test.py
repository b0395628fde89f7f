"""Pickles of arrays are read, and a hostile one can do nothing but be refused."""

import gzip
import pickle
import sys

import numpy as np
import pytest

from tf_rloss.data import DataError
from tf_rloss.data.cues.array_pickle import read_array_dict

CONTENT = {
    "integers": np.arange(12).reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)),
    "big_endian": np.array([1, 300], ">i2"),
    "floats": np.array([[0.5], [-1.25]], np.float32),
    "booleans": np.array([True, False]),
    "empty": np.zeros((3, 0), np.int64),
    "all bytes": np.arange(256, dtype=np.uint8),
    "no axes": np.array(-7),
}


def write(path, content, protocol=2, pack=False):
    data = content if isinstance(content, bytes) else pickle.dumps(content, protocol)
    path.write_bytes(gzip.compress(data) if pack else data)
    return path


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_are_read_as_pickle_reads_them(tmp_path, protocol, pack):
    read = read_array_dict(write(tmp_path / "a", CONTENT, protocol, pack))
    assert read.keys() == CONTENT.keys()
    for key, expected in CONTENT.items():
        np.testing.assert_array_equal(read[key], expected)
        assert read[key].dtype == expected.dtype
        assert read[key].shape == expected.shape


def test_arrays_of_python_2_are_read(tmp_path):
    # Written by Python 2: bytes are SHORT_BINSTRING, and numpy.core is the old name.
    head = b"\x80\x02}U\x01kcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    array = b"K\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R"
    dtype = b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    data = b"\x89U\x04\x01\x00\x00\x80tbs."
    read = read_array_dict(write(tmp_path / "a", head + array + dtype + data))
    np.testing.assert_array_equal(read["k"], [1, -32768])


class Call:
    """Pickles as a call, as an attacker would write it."""

    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


MARKER = "array_pickle_test_was_here"


def attacks():
    """Pickles that set sys.MARKER, or try to, when they are unpickled."""
    code = f"import sys; sys.{MARKER} = True"
    nested = Call(dict, [("x", Call(exec, code))])
    state = b"cnumpy\ndtype\nU\x02i8\x85R"
    return {
        "exec": pickle.dumps({"a": Call(exec, code)}, 2),
        "eval": pickle.dumps({"a": Call(eval, f"__import__('sys').{MARKER}")}, 4),
        "os.system": b"\x80\x02}U\x01kcos\nsystem\nU\x04true\x85Rs.",
        "posix.system": b"\x80\x02}U\x01kcposix\nsystem\nU\x04true\x85Rs.",
        "nested reduce": pickle.dumps({"a": nested}, 2),
        "getattr through numpy": b"\x80\x02}U\x01kcnumpy\nload\nU\x01x\x85Rs.",
        "dotted name": b"\x80\x04}\x8c\x01k\x8c\x05numpy\x8c\x0adtype.type\x93s.",
        "call of a result": b"\x80\x02}U\x01k" + state + b"U\x01x\x85Rs.",
        "call of ndarray": b"\x80\x02}U\x01kcnumpy\nndarray\nJ\xff\xff\xff\x7f\x85Rs.",
        "state of a function": b"\x80\x02}U\x01kcnumpy\nndarray\n}U\x01aK\x01sbs.",
        "new object": b"\x80\x02}U\x01kcnumpy\nndarray\n)\x81s.",
        "instance": b"(S'true'\nios\nsystem\n.",
        "persistent id": b"\x80\x02}U\x01kU\x01xQs.",
        "text persistent id": b"\x80\x02}U\x01kPx\ns.",
        "extension": b"\x80\x02}U\x01k\x82\x01s.",
        "out-of-band buffer": b"\x80\x05}\x8c\x01k\x97s.",
        "array of objects": pickle.dumps({"a": np.array([{}, None])}, 2),
        "compound type": pickle.dumps({"a": np.zeros(2, "i4,i4")}, 2),
        "other codec": b"\x80\x02}U\x01kc_codecs\nencode\nX\x01\0\0\0xU\x03zip\x86Rs.",
        "huge array": b"\x80\x02}U\x01kcnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85U\x01b\x87R(K\x01J\xff\xff\xff\x7f\x85"
        + state
        + b"\x89U\x01xtbs.",
        "a class": pickle.dumps({"a": Call}, 2),
        "more than one pickle": pickle.dumps({}, 2) * 2,
        "no dict": pickle.dumps([1], 2),
        "no mark": b"\x80\x02}u.",
        "empty stack": b"\x80\x02.",
        "two results": b"\x80\x02}}.",
        "unknown memo": b"\x80\x02h\x09.",
        "key that is a list": b"\x80\x02}]K\x01s.",
        "odd items": b"\x80\x02}(K\x01u.",
        "long text that is not there": b"\x80\x02}U\x01kX\xff\xff\xff\x0fxs.",
        "protocol 0": pickle.dumps({"a": 1}, 0),
        "no pickle": b"\x89PNG\r\n\x1a\n",
        "empty": b"",
    }


@pytest.mark.parametrize("name", attacks())
def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path, name):
    path = write(tmp_path / "cues.pickle", attacks()[name])
    with pytest.raises(DataError, match=r"cues\.pickle: "):
        read_array_dict(path)
    assert not hasattr(sys, MARKER)


@pytest.mark.parametrize(
    "name, asked",
    [
        ("exec", "asks for builtins.exec|asks for __builtin__.exec"),
        ("os.system", "asks for os.system"),
        ("dotted name", "asks for numpy.dtype.type"),
        ("getattr through numpy", "asks for numpy.load"),
        ("new object", "the instruction NEWOBJ"),
        ("persistent id", "the instruction BINPERSID"),
        ("array of objects", "the instruction EMPTY_LIST"),
    ],
)
def test_the_refusal_tells_what_the_file_asks_for(tmp_path, name, asked):
    with pytest.raises(DataError, match=asked):
        read_array_dict(write(tmp_path / "a", attacks()[name]))


def test_the_attacks_would_work_on_pickle():
    try:
        pickle.loads(attacks()["nested reduce"])
        assert hasattr(sys, MARKER)
    finally:
        delattr(sys, MARKER)


@pytest.mark.parametrize("pack", [False, True])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, pack):
    whole = write(tmp_path / "a", CONTENT, pack=pack).read_bytes()
    for end in range(0, len(whole) - 1, 7):
        with pytest.raises(DataError):
            read_array_dict(write(tmp_path / "b", whole[:end]))


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path):
    bomb = write(tmp_path / "a", {"a": np.zeros(1 << 21, np.uint8)}, pack=True)
    assert bomb.stat().st_size < 1 << 14
    with pytest.raises(DataError, match="more than 1 MiB"):
        read_array_dict(bomb, max_bytes=1 << 20)
    many = {i: np.zeros(1 << 12, np.uint8) for i in range(512)}
    with pytest.raises(DataError, match="more than 1 MiB"):
        read_array_dict(write(bomb, many, pack=True), max_bytes=1 << 20)


@pytest.mark.parametrize(
    "content",
    [
        *({"a": value} for value in (5, 1 << 70, 2.5, None, True, "text", b"bytes")),
        *({"a": value} for value in (np.int64(-7), [np.arange(2)], (), {}, {1, 2})),
        *({key: np.arange(2)} for key in (5, None, b"k", (1, 2), 2.5)),
        np.arange(2),
    ],
    ids=repr,
)
@pytest.mark.parametrize("protocol", [2, 5])
def test_nothing_but_arrays_by_name_is_read(tmp_path, content, protocol):
    with pytest.raises(
        DataError, match=r"is not a pickle of a dict of arrays \(it (h|asks)"
    ):
        read_array_dict(write(tmp_path / "a", content, protocol))
