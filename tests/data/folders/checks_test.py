"""Every kind of wrong file in a folder is named before training starts."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from tests.data.small_folder import SIZE, mask, photograph, save_indexed
from tf_rloss.data import DataError, folder
from tf_rloss.labels import voc_palette


def problem(root, **settings):
    """Returns the message with which the folder is refused."""
    with pytest.raises(DataError) as caught:
        folder(root, **settings)
    return str(caught.value)


def spoil_lonely_image(root):
    Image.fromarray(photograph()).save(root / "images/d.png")
    return "images/d.png: has no partner scribbles/d.png"


def spoil_lonely_label(root):
    save_indexed(mask(), root / "labels/d.png")
    return "labels/d.png: has no image of that name"


def spoil_twin(root):
    Image.fromarray(photograph()).save(root / "images/a.jpg")
    return "images/a.png: has the same name as images/a.jpg"


def spoil_foreign_format(root):
    Image.fromarray(photograph()).save(root / "images/d.bmp")
    return "images/d.bmp: is not PNG, JPEG, WebP or TIFF"


def spoil_disguised_format(root):
    Image.fromarray(photograph()).save(root / "images/a.png", "BMP")
    return "images/a.png: must be PNG, JPEG or WebP, and is BMP"


def spoil_subfolder(root):
    (root / "images/more").mkdir()
    return "images/more: is a folder"


def spoil_empty_file(root):
    (root / "images/b.jpg").write_bytes(b"")
    return "images/b.jpg: is empty"


def spoil_text(root):
    (root / "labels/b.png").write_text("not an image")
    return "labels/b.png: cannot be read: not an image"


def spoil_truncated_image(root):
    path = root / "images/b.jpg"
    Image.fromarray(photograph(1, (120, 160))).save(path)
    path.write_bytes(path.read_bytes()[:-4000])
    return "images/b.jpg: cannot be read"


def spoil_truncated_label(root):
    path = root / "labels/b.png"
    noise = np.random.default_rng(0).integers(0, 3, (80, 80), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:-700])
    return "labels/b.png: cannot be read"


def spoil_size(root):
    save_indexed(mask(2, (12, 15)), root / "labels/c.png")
    return "labels/c.png: is 15 x 12 px, its image 16 x 12 px"


def spoil_turned(root):
    save_indexed(mask(2, (16, 12)), root / "labels/c.png")
    return "turned by a quarter"


def spoil_jpeg_label(root):
    (root / "labels/c.png").unlink()
    Image.fromarray(mask(2)).save(root / "labels/c.jpg")
    return "labels/c.jpg: is a JPEG"


def spoil_sixteen_bits(root):
    Image.fromarray(mask(2).astype(np.uint16)).save(root / "labels/c.png")
    return "labels/c.png: has mode 'I"


def spoil_sixteen_bit_image(root):
    Image.fromarray(mask(2).astype(np.uint16)).save(root / "images/a.png")
    return "images/a.png: has mode 'I"


def spoil_one_bit(root):
    Image.fromarray(mask(2) == 2).save(root / "labels/c.png")
    return "labels/c.png: has mode '1'"


def spoil_four_bit_grey(root):
    # A grey PNG of 16 values, which PIL would stretch to 0..255: written by hand.
    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = (b"\0" + b"\x12" * 8) * 12
    header = struct.pack(">IIBBBBB", 16, 12, 4, 0, 0, 0, 0)
    (root / "labels/c.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return "labels/c.png: is a 4-bit grey PNG"


def spoil_rgb_color(root):
    colors = voc_palette(256)[mask(2)]
    colors[5, 5] = (1, 2, 3)
    Image.fromarray(colors).save(root / "labels/c.png")
    return r"labels/c.png: is an RGB label map with the colour (1, 2, 3)"


def spoil_renumbered(root):
    colors = voc_palette(256)
    colors[[1, 2]] = colors[[2, 1]]
    save_indexed(mask(2), root / "labels/c.png", colors)
    return "labels/c.png: has a re-numbered palette: index 2 has the colour of class 1"


def spoil_empty_scribble(root):
    Image.fromarray(np.full(SIZE, 255, np.uint8)).save(root / "scribbles/a.png")
    return "scribbles/a.png: has no labelled pixel"


@pytest.mark.parametrize(
    "spoil",
    [value for name, value in sorted(globals().items()) if name.startswith("spoil_")],
)
def test_a_wrong_file_is_named(root, spoil):
    expected = spoil(root)
    assert expected in problem(root)


def test_a_label_out_of_range_is_named(root):
    message = problem(root, num_classes=2)
    assert "labels/b.png: has label 2, outside 0 to 1 and not 255" in message
    assert "scribbles/b.png: has label 2" in message
    assert "6 problems" in message


def test_all_problems_are_counted_and_the_first_twenty_listed(root):
    for number in range(30):
        Image.fromarray(photograph()).save(root / f"images/x{number:02d}.png")
    message = problem(root)
    # Each of the 30 images lacks a scribble, and needs no mask.
    assert "30 problems found" in message and "... and 10 more." in message
    assert len(message.splitlines()) == 22


def test_a_missing_folder_is_named(root, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        folder(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"no folder .*images"):
        folder(root / "labels")


def test_images_alone_are_refused(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(FileNotFoundError, match=r"scribbles or .*labels"):
        folder(tmp_path)


def test_objects_labelled_255_are_noticed(root):
    for kind in ("labels", "scribbles"):
        for path in (root / kind).iterdir():
            Image.fromarray(np.where(mask(1) == 1, 255, 0).astype(np.uint8)).save(path)
    assert "labels/: holds id 0 and 255 only" in problem(root)


@pytest.mark.parametrize(
    "text, message",
    [
        ("only\n", "2 to 255 classes"),
        ("a\nb\na\n", "class 'a' more than once"),
        ("a\nb 300 0 0\n", "colours are from 0 to 255"),
        (f"a\nb {'1' * 5000} 0 0\n", "colours are from 0 to 255"),
    ],
)
def test_a_wrong_classes_file_is_explained(root, text, message):
    (root / "classes.txt").write_text(text)
    assert message in problem(root)


def test_contradicting_arguments_are_refused(root):
    with pytest.raises(ValueError, match="num_classes"):
        folder(root, class_names=("a", "b", "c"), num_classes=4)
    with pytest.raises(ValueError, match="image_scale"):
        folder(root, image_scale=0.0)


def test_the_check_reads_each_file_once_and_decodes_label_maps_only(root, monkeypatch):
    read, decoded = [], []
    open_path, load = Path.open, ImageFile.ImageFile.load

    def watched_open(path, *arguments, **options):
        read.append(path)
        return open_path(path, *arguments, **options)

    def watched_load(picture):
        if picture.tile:  # Else it is decoded already.
            decoded.append(picture)
        return load(picture)

    monkeypatch.setattr(Path, "open", watched_open)
    monkeypatch.setattr(ImageFile.ImageFile, "load", watched_load)
    source = folder(root)
    assert sorted(read) == sorted(source.files)
    assert len(decoded) == len(source.files) - len(source)


def test_a_wrong_byte_among_the_pixels_of_a_png_is_found(root):
    path = root / "images/a.png"
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 20] ^= 1
    path.write_bytes(content)
    assert "images/a.png: cannot be read" in problem(root)


@pytest.mark.parametrize("end", [b"\0" * 100, b"from the camera"])
def test_bytes_after_the_end_of_a_jpeg_are_no_fault(root, end):
    path = root / "images/b.jpg"
    path.write_bytes(path.read_bytes() + end)
    assert len(folder(root)) == 3


def test_a_png_may_say_behind_its_pixels_that_it_is_turned(root):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(content)) + b"eXIf" + content
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + content))
    path = root / "images/a.png"
    png = path.read_bytes()
    end = png.rindex(b"IEND") - 4
    path.write_bytes(png[:end] + chunk + png[end:])
    assert "labels/a.png: is 16 x 12 px, its image 12 x 16 px" in problem(root)
