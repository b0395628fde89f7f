"""Tests of strokes in PNG files, napari's layers and tables, and NIfTI volumes."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.data.annotations.exports import HEIGHT, WIDTH, photo, rectangle, run, save
from tf_rloss import data
from tf_rloss.data.annotations import napari

RED, BLUE, BLACK, WHITE = (255, 0, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255)
FIRST, SECOND = rectangle(2, 3, 6, 9), rectangle(10, 12, 13, 20)
EXPECTED = np.select([FIRST, SECOND], [1, 2], 255)


def values(first, second, empty=0):
    return np.select([FIRST, SECOND], [first, second], empty)


def colors(first, second, empty=BLACK):
    """Returns an array (H, W, 3), or 4 with alpha."""
    pixels = np.tile(np.array(empty, np.uint8), (HEIGHT, WIDTH, 1))
    pixels[FIRST], pixels[SECOND] = first, second
    return pixels


@pytest.mark.parametrize(
    "pixels",
    [
        values(1, 7).astype(np.uint8),
        values(1, 700).astype(np.uint16),
        colors((1, 1, 1), (7, 7, 7)),
    ],
    ids=["grey", "16 bits", "grey as RGB"],
)
def test_values_are_classes_in_ascending_order(tmp_path, pixels):
    save(tmp_path, "a.png", pixels)
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert found.classes == ["background", "1", str(pixels.max())]
    unlabelled = 100 * (EXPECTED == 255).mean()
    assert f"{unlabelled:.2f} % of the pixels" in found.summary


def test_indices_count_and_not_the_colours_of_the_palette(tmp_path):
    picture = Image.fromarray(values(1, 7).astype(np.uint8))
    # Both have the same colour; a conversion would mix them up.
    picture.putpalette([9, 9, 9] + [200, 100, 0] * 10)
    picture.save(save(tmp_path, "a.png", b""))
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert found.colors[1] == (200, 100, 0) and found.colors[2] != (200, 100, 0)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_few_bits_is_not_stretched(tmp_path, bits):
    # A grey PNG of few bits, which Pillow writes from a palette only.
    labels = values(1, 1 if bits == 1 else 3)
    per_byte = 8 // bits
    padded = np.pad(labels, ((0, 0), (0, -WIDTH % per_byte)))
    parts = padded.reshape(HEIGHT, -1, per_byte)
    shifts = np.arange(per_byte)[::-1] * bits
    rows = (parts << shifts).sum(-1).astype(np.uint8)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, 0, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    file += chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    save(tmp_path, "a.png", file)
    found = run(tmp_path)
    assert found.classes == ["background", "1"] + ["3"] * (bits > 1)
    expected = np.where(EXPECTED == 2, 1, EXPECTED) if bits == 1 else EXPECTED
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_colours_are_classes_and_black_is_unlabelled(tmp_path):
    save(tmp_path, "a.png", colors(BLUE, RED))
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert found.classes == ["background", "#0000ff", "#ff0000"]
    assert found.colors[1:] == [BLUE, RED]


def test_transparent_pixels_are_unlabelled_and_black_is_a_class(tmp_path):
    pixels = colors((*BLACK, 255), (*RED, 7), (*BLUE, 0))
    save(tmp_path, "a.png", pixels)
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert found.classes == ["background", "#000000", "#ff0000"]
    assert "partly transparent" in found.summary
    assert "transparent: 92" in found.summary


@pytest.mark.parametrize("unlabelled", ["#ffffff", "255"])
def test_the_user_names_the_unlabelled_value(tmp_path, unlabelled):
    save(tmp_path, "a.png", values(0, 7, 255).astype(np.uint8))
    found = run(tmp_path, unlabelled=unlabelled)
    np.testing.assert_array_equal(found.scribble("a"), values(0, 1, 255))


def test_the_user_names_the_unlabelled_colour(tmp_path):
    save(tmp_path, "a.png", colors(BLUE, RED, WHITE))
    found = run(tmp_path, unlabelled="#ffffff")
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)


def test_255_is_unlabelled_beside_other_values_and_0_is_background(tmp_path):
    save(tmp_path, "a.png", values(0, 4, 255).astype(np.uint8))
    found = run(tmp_path)
    assert found.classes == ["background", "4"]
    np.testing.assert_array_equal(found.scribble("a"), values(0, 1, 255))
    assert "taken as the class background" in found.summary


def test_white_strokes_on_black_are_a_class(tmp_path):
    save(tmp_path, "a.png", values(255, 255).astype(np.uint8))
    assert run(tmp_path).classes == ["background", "255"]


def test_classes_name_colours_and_leave_others_out(tmp_path):
    noise = np.random.default_rng(0).integers(1, 255, (HEIGHT, WIDTH, 3))
    strokes = colors(BLUE, RED)
    pixels = np.where(strokes.any(-1, keepdims=True), strokes, noise)
    save(tmp_path, "a.png", pixels.astype(np.uint8))
    with pytest.raises(data.DataError, match="too many values for classes"):
        run(tmp_path)
    found = run(tmp_path, classes=["sky=#0000ff", "road=#ff0000"])
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert found.classes == ["background", "sky", "road"]
    assert "does not name get no label" in found.summary


def test_photographs_of_the_same_name_belong_to_strokes(tmp_path):
    save(tmp_path, "strokes/a.png", values(1, 2).astype(np.uint8))
    photo(tmp_path, "photos/a.jpg")
    found = run(tmp_path, path="strokes", images=tmp_path / "in" / "photos")
    assert (found.root / "images" / "a.jpg").exists()


def test_photographs_among_the_strokes_are_told_by_their_many_colours(tmp_path):
    save(tmp_path, "strokes/a.png", colors(BLUE, RED))
    path = photo(tmp_path, "photos/a.png")
    found = run(tmp_path)
    assert found.classes == ["background", "#0000ff", "#ff0000"]
    assert (found.root / "images" / "a.png").read_bytes() == path.read_bytes()


def test_one_photograph_for_one_file_of_strokes(tmp_path):
    path = save(tmp_path, "my strokes.png", values(1, 2).astype(np.uint8))
    found = run(tmp_path, path=path.name, images=photo(tmp_path, "b.png"))
    assert (found.root / "images" / "my strokes.png").exists()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32", "int64", "float32"])
def test_label_layers_of_napari_and_imagej(tmp_path, dtype):
    path = save(tmp_path, "a.tif", b"")
    tifffile.imwrite(path, values(1, 3).astype(dtype), compression="zlib")
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a"), EXPECTED)
    assert "(napari)" in found.summary and found.classes == ["background", "1", "3"]


def test_stacks_give_an_image_for_each_slice_with_strokes(tmp_path):
    stack = np.zeros((3, HEIGHT, WIDTH), np.int32)
    stack[1] = values(1, 3)
    path = save(tmp_path, "a.tif", b"")
    tifffile.imwrite(path, stack, photometric="minisblack")
    found = run(tmp_path)
    np.testing.assert_array_equal(found.scribble("a_001"), EXPECTED)
    assert len([*(found.root / "scribbles").iterdir()]) == 1


def test_a_picture_is_no_label_layer(tmp_path):
    fractions = values(1, 3) * 0.5
    tifffile.imwrite(save(tmp_path, "a.tif", b""), fractions.astype(np.float32))
    with pytest.raises(data.DataError, match="no whole numbers"):
        run(tmp_path)


def test_too_large_and_damaged_layers_are_refused(tmp_path, monkeypatch):
    tifffile.imwrite(save(tmp_path, "a.tif", b""), values(1, 3).astype(np.uint8))
    save(tmp_path, "b.tif", b"II*\0 nothing")
    monkeypatch.setattr(napari, "MOST_PIXELS", 100)
    with pytest.raises(data.DataError, match="are read") as error:
        run(tmp_path)
    assert "2 x files are left out" in str(error.value)


def test_points_table_of_napari_counts_rows_first(tmp_path):
    photo(tmp_path, "a.png")
    save(tmp_path, "a.csv", "index,axis-0,axis-1,label\n0,5.0,12.0,cat\n1,7,3,dog\n")
    found = run(tmp_path)
    assert found.points["a"] == [
        {"x": 12.0, "y": 5.0, "cls": 1},
        {"x": 3.0, "y": 7.0, "cls": 2},
    ]


def test_points_table_with_several_columns_needs_a_choice(tmp_path):
    photo(tmp_path, "a.png")
    save(tmp_path, "a.csv", "index,axis-0,axis-1,label,size\n0,5,12,cat,3\n")
    with pytest.raises(data.DataError, match="Found: label, size"):
        run(tmp_path)
    assert run(tmp_path, class_attribute="label").classes == ["background", "cat"]


def test_shapes_table_of_napari(tmp_path):
    photo(tmp_path, "a.png")
    corners = {
        "polygon": [(1.5, 2.5), (1.5, 7.5), (5.5, 7.5), (5.5, 2.5)],
        "path": [(12, 4), (12, 9), (15, 9)],
        "ellipse": [(8, 15), (8, 25), (14, 25), (14, 15)],
    }
    lines = [
        f"{index},{kind},{vertex},{y},{x}"
        for index, (kind, places) in enumerate(corners.items())
        for vertex, (y, x) in enumerate(places)
    ]
    head = "index,shape-type,vertex-index,axis-0,axis-1"
    save(tmp_path, "a.csv", "\n".join([head, *lines]))
    found = run(tmp_path)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ellipse = ((x - 20) / 5) ** 2 + ((y - 11) / 3) ** 2 <= 1
    expected = np.where(rectangle(2, 3, 6, 8) | ellipse, 1, 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert found.scribble("a")[12, 4] == 1 and found.classes[1] == "object"
