"""Small pickles that would take years, gigabytes or the whole process are refused."""

import gzip
import struct
import time
import tracemalloc

import pytest

from tf_rloss import restricted_pickle
from tf_rloss.data import DataError
from tf_rloss.data.cues import array_pickle

MIB = 1 << 20
LIMIT = 4 * MIB
BUSY_SECONDS = 20.0
"""CPU time that a refusal may take on a busy machine; quiet ones need well below one
second, and a bomb that goes off minutes or years."""

HEAD = b"\x80\x02}"
KEY = b"U\x01k"
NDARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
STATE = b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
INT8 = b"cnumpy\ndtype\nU\x02i1K\x00K\x01\x87R" + STATE

# A pair of the same pair, 60 times over: 2^60 leaves in 305 bytes.
DOUBLED = b"K\x01" + b"q\x00h\x00\x86" * 60
DEEP = b"K\x01" + b"\x85" * 200_000
LIST = b"(" + b"U\x02i1" + b"N" * 300_000 + b"t"
ENCODE = b"c_codecs\nencode\n"
LATIN1 = b"U\x06latin1\x86R"
ONE_MIB = b"J\0\0\x10\0\x85"


def item(value, key=KEY):
    return HEAD + key + value + b"s."


def array(shape=b"K\x01\x85", dtype=INT8, fortran=b"\x89", data=b"U\x01x"):
    """The instructions of an array with the state (1, shape, dtype, ...)."""
    return NDARRAY + b"(K\x01" + shape + dtype + fortran + data + b"tb"


def items(*values):
    """A dict of values, each under a key of its own."""
    keys = (b"X" + struct.pack("<I", 6) + b"%06d" % n for n in range(len(values)))
    parts = (key + value for key, value in zip(keys, values, strict=True))
    return HEAD + b"(" + b"".join(parts) + b"u."


def text(content):
    return b"X" + struct.pack("<I", len(content)) + content


def place(index):
    return b"r" + struct.pack("<I", index)


BOMBS = {
    # Shared tuples: each of these takes 2^60 steps where it is hashed or printed.
    "doubled key": HEAD + DOUBLED + b"K\x01s.",
    "doubled keys of many": HEAD + b"(" + DOUBLED + b"K\x01u.",
    "doubled value": item(DOUBLED),
    "doubled module": b"\x80\x04}" + KEY + DOUBLED + b"\x8c\x01a\x93s.",
    "doubled function": item(DOUBLED + b")R"),
    "doubled arguments": item(b"cnumpy\ndtype\n" + DOUBLED + b"R"),
    "doubled argument": item(b"cnumpy\ndtype\n" + DOUBLED + b"\x85R"),
    "doubled type": item(array(dtype=b"cnumpy\ndtype\n" + DOUBLED + b"\x85R" + STATE)),
    "doubled shape": item(array(shape=DOUBLED)),
    "doubled bytes": item(array(data=DOUBLED)),
    "doubled state": item(NDARRAY + DOUBLED + b"b"),
    "doubled state of text": item(KEY + DOUBLED + b"b"),
    "doubled encoding": item(array(data=ENCODE + b"U\x01x" + DOUBLED + b"\x86R")),
    # Depth: whatever visits these by recursion overflows the stack.
    "deep key": HEAD + DEEP + b"K\x01s.",
    "deep value": item(DEEP),
    "deep shape": item(array(shape=DEEP)),
    "deep marks": HEAD + b"(" * 100_000 + b"t" * 100_000 + b"K\x01s.",
    "arrays in states of arrays": item(NDARRAY * 10_000 + b"\x85b" * 9_999),
    "array in its own state": item(NDARRAY + b"q\x01(K\x01h\x01h\x01h\x01h\x01tb"),
    # Sizes that are declared, and not there.
    "place in the memo": item(KEY + place((1 << 31) - 1)),
    "many places in the memo": item(KEY + b"".join(map(place, range(0, 1 << 31, MIB)))),
    "text": item(b"X\xff\xff\xff\x7fx"),
    "long text": b"\x80\x04}" + KEY + b"\x8d" + struct.pack("<Q", 1 << 62) + b"xs.",
    "bytes": b"\x80\x03}" + KEY + b"B\xff\xff\xff\x7fxs.",
    "long bytes": b"\x80\x04}" + KEY + b"\x8e" + struct.pack("<Q", 1 << 62) + b"xs.",
    "bytearray": b"\x80\x05}" + KEY + b"\x96" + struct.pack("<Q", 1 << 40) + b"xs.",
    "endless bytearray": b"\x80\x05}" + KEY + b"\x96" + b"\xff" * 8 + b"xs.",
    "frame": b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + b"}" + KEY + b"K\x01s.",
    "long number": item(b"\x8b\xff\xff\xff\x7f\x01"),
    "decimal number": item(b"L" + b"9" * MIB + b"L\n"),
    "array of a call": item(
        b"cnumpy\nndarray\n" + b"J\xff\xff\xff\x7f" * 2 + b"\x86\x85R"
    ),
    "array without a state": item(NDARRAY.replace(b"K\x00", b"J\xff\xff\xff\x7f")),
    "shape": item(array(shape=b"J\xff\xff\xff\x7f" * 3 + b"\x87")),
    "shape beyond 64 bits": item(
        array(shape=b"\x8a\x08" + b"\xff" * 7 + b"\x7f\x85", data=b"U\x00")
    ),
    "negative shape": item(array(shape=b"J\xff\xff\xff\xff\x85")),
    "shape of many axes": item(array(shape=LIST)),
    "zero-sized type": item(array(dtype=INT8.replace(b"i1", b"V0"))),
    "type of objects": item(array(dtype=INT8.replace(b"i1", b"O8"))),
    "type of many parts": item(
        array(dtype=b"cnumpy\ndtype\n" + text(b"i1," * MIB) + b"\x85R" + STATE)
    ),
    # Few bytes that are used many times.
    "text of many arrays": items(
        array(ONE_MIB, data=text(b"x" * MIB) + b"q\x01"),
        *[array(ONE_MIB, data=b"h\x01")] * 1_000,
    ),
    "encoded text": items(
        array(ONE_MIB, data=ENCODE + b"q\x02" + text(b"x" * MIB) + b"q\x01" + LATIN1),
        *[array(ONE_MIB, data=b"h\x02h\x01" + LATIN1)] * 1_000,
    ),
    "text for arguments": item(b"cnumpy\ndtype\n" + text(b"x" * 2 * MIB) + b"R"),
    "text for a state": item(NDARRAY + text(b"x" * 2 * MIB) + b"b"),
    "type with many arguments": items(
        array(dtype=b"cnumpy\ndtype\n" + LIST + b"q\x01R" + STATE),
        *[array(dtype=b"cnumpy\ndtype\nh\x01R" + STATE)] * 1_000,
        b"N",
    ),
}

# Many instructions, most of a byte each. Packed, these take some kilobytes.
FLOODS = {
    "dicts": b"\x80\x02" + b"}" * (LIMIT - 2),
    "marks": b"\x80\x02" + b"(" * (LIMIT - 2),
    "tuples": item(DEEP * 20)[:-2],
    "places in the memo": b"\x80\x04}" + b"\x94" * (LIMIT - 3),
    "items": HEAD + (KEY + b"Ns") * (LIMIT // 5 - 1),
}


def refuse(path):
    with pytest.raises(DataError) as caught:
        array_pickle.read_array_dict(path, max_bytes=LIMIT)
    return str(caught.value)


@pytest.fixture
def write(tmp_path):
    """Packs the content of a file, and returns where it is."""

    def write(content):
        path = tmp_path / "cues.pickle"
        path.write_bytes(gzip.compress(content, 1))
        return path

    return write


def peak_of_refusing(path):
    """The most bytes that are allocated while a file is refused."""
    tracemalloc.start()
    try:
        refuse(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_one_sentence_and_in_time(write, name):
    path = write(BOMBS[name])
    begin = time.process_time()
    message = refuse(path)
    assert time.process_time() - begin < BUSY_SECONDS
    assert message.startswith(f"{path}: ") and message.endswith(".")
    assert len(message.removeprefix(str(path))) < 300 and "\n" not in message


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_more_memory_than_its_bytes(write, name):
    # The limit of the file's bytes, that of the arrays', and one copy under way.
    assert peak_of_refusing(write(BOMBS[name])) < 3 * LIMIT + 8 * MIB


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_instructions_is_stopped(write, name, monkeypatch):
    assert restricted_pickle.MAX_READS < 2 * 677_332  # about those of SEC's file
    monkeypatch.setattr(restricted_pickle, "MAX_READS", 1 << 16)
    path = write(FLOODS[name])
    assert "it takes more than 65536 reads" in refuse(path)
    # A dict in a list is the largest that an instruction leaves behind.
    assert peak_of_refusing(path) < 3 * LIMIT + 200 * restricted_pickle.MAX_READS
