"""Damaged and hostile files: each is one line in the one list, at bounded cost."""

import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.data import small_folder
from tf_rloss import data
from tf_rloss.data.folders.tag_file import read_tag_lines
from tf_rloss.data.image_files import FileError, inspect_image, read_image
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.labels import voc_palette


def chunk(kind: bytes, content: bytes) -> bytes:
    """Returns a chunk of a PNG file."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def with_bad_exif(png: bytes) -> bytes:
    """Puts a chunk of EXIF data that ends too early before the end of a PNG."""
    end = png.rindex(b"IEND") - 4
    return png[:end] + chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff\x12\x01") + png[end:]


@pytest.fixture
def root(tmp_path):
    small_folder.write_folder(tmp_path)
    return tmp_path


def spoil(path, kind):
    content = path.read_bytes()
    path.unlink()
    if kind == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "dangling link":
        path.symlink_to("nowhere.png")
    elif kind == "looping link":
        path.symlink_to(path.name)
    elif kind == "EPS":
        path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    else:
        path.write_bytes(b"")


KINDS = ("cut off", "dangling link", "looping link", "EPS", "empty")


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_photograph_is_one_line_beside_all_other_faults(root, kind):
    spoil(root / "images" / "a.png", kind)
    (root / "labels" / "b.png").write_bytes(b"")
    with pytest.raises(data.DataError) as error:
        data.folder(root)
    lines = str(error.value).splitlines()
    assert "2 problems" in lines[0]
    assert lines[1].strip().startswith("images/a.png: ")
    assert lines[2].strip() == "labels/b.png: is empty (0 bytes)"


def test_a_bad_exif_chunk_is_a_fault_of_that_file_or_none(root):
    path = root / "images" / "a.png"
    path.write_bytes(with_bad_exif(path.read_bytes()))
    for read in (inspect_image, read_image):
        try:
            read(path)
        except FileError as error:
            assert str(error).startswith("cannot be read: ")


def test_control_characters_of_names_are_not_printed(root):
    (root / "images" / "x\x1b[31m\n.png").write_bytes(b"")
    with pytest.raises(data.DataError) as error:
        data.folder(root)
    assert "\x1b" not in str(error.value)
    assert r"x\x1b[31m\n.png" in str(error.value)


def test_label_maps_in_colours_need_little_memory(tmp_path):
    labels = np.arange(2000 * 3000).reshape(2000, 3000) % 21
    palette = voc_palette(21)
    Image.fromarray(palette[labels]).save(tmp_path / "a.png", compress_level=1)
    read_label_map(tmp_path / "a.png", palette)  # keeps the table of colours
    tracemalloc.start()
    read = read_label_map(tmp_path / "a.png", palette)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(read, labels)
    # The pixels and the labels take 24 MB, a block of rows some 20 MB more.
    assert peak < 60e6


def test_a_line_of_tags_takes_time_in_proportion_to_its_length(tmp_path):
    path = tmp_path / "tags.csv"
    path.write_text("a," + " " * 300_000 + 'x"\n' + "b," + '"' * 300_001 + "\n")
    began = time.process_time()
    problems = []
    read_tag_lines(path, problems)
    assert len(problems) == 2
    assert time.process_time() - began < 2.0


def test_a_size_in_a_scribble_file_cannot_fill_the_memory(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        "<annotation><size><width>16000</width><height>16000</height></size>"
        "<polygon><tag>cat</tag><point><X>1</X><Y>1</Y></point>"
        "<point><X>16000</X><Y>16000</Y></point></polygon></annotation>"
    )
    with pytest.raises(data.DataError, match="above the 32 million pixels"):
        data.read_scribble_xml(path)


def test_a_long_line_is_drawn_in_pieces(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        "<annotation><size><width>3000</width><height>3000</height></size>"
        "<polygon><tag>cat</tag><point><X>1</X><Y>1</Y></point>"
        "<point><X>3000</X><Y>3000</Y></point></polygon></annotation>"
    )
    tracemalloc.start()
    scribble = data.read_scribble_xml(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (np.diag(scribble) == 8).all()
    assert peak < 150e6
