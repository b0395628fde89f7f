"""Folders: what is read, and that every kind of wrong file is named."""

import numpy as np
import pytest
from PIL import Image

from tf_rloss.data import DataError, eval_pipeline, folder
from tf_rloss.labels import voc_palette

SIZE = (12, 16)


def mask(label=1, size=SIZE):
    labels = np.zeros(size, np.uint8)
    labels[2:8, 3:12] = label
    labels[0] = 255
    return labels


def photograph(number=0, size=SIZE):
    rng = np.random.default_rng(number)
    return rng.integers(0, 256, (*size, 3), np.uint8)


def save_indexed(labels, path, palette=None):
    picture = Image.fromarray(labels, "L").convert("L")
    picture = Image.frombytes("P", picture.size, labels.tobytes())
    palette = voc_palette(256) if palette is None else palette
    picture.putpalette(palette.tobytes())
    picture.save(path)


@pytest.fixture
def root(tmp_path):
    """Three sound examples: indexed and grey label maps, PNG and JPEG images."""
    tmp_path = tmp_path / "train"
    for kind in ("images", "scribbles", "labels"):
        (tmp_path / kind).mkdir(parents=True)
    for number, suffix in enumerate(("png", "jpg", "JPEG")):
        image = Image.fromarray(photograph(number))
        image.save(tmp_path / "images" / f"{'abc'[number]}.{suffix}")
    for name in "abc":
        save_indexed(mask(2), tmp_path / "labels" / f"{name}.png")
        scribble = np.where(np.arange(SIZE[1]) % 4 == 0, mask(2), 255)
        Image.fromarray(scribble.astype(np.uint8)).save(
            tmp_path / "scribbles" / f"{name}.png"
        )
    return tmp_path


def problem(root, **settings):
    with pytest.raises(DataError) as caught:
        folder(root, **settings)
    return str(caught.value)


# === What is read ===


def test_a_sound_folder_is_read(root):
    source = folder(root)
    assert source.ids == ("a", "b", "c")
    assert source.class_names == ("class 0", "class 1", "class 2")
    assert source.size == SIZE
    assert source.has_masks and source.has_scribbles
    example = source.read("a")
    np.testing.assert_array_equal(example.image, photograph(0))
    np.testing.assert_array_equal(example.mask, mask(2))
    assert set(np.unique(example.scribble)) == {0, 2, 255}


def test_the_index_of_an_indexed_png_is_the_label_whatever_its_colours(root):
    rainbow = np.random.default_rng(5).integers(1, 256, (256, 3), np.uint8)
    save_indexed(mask(2), root / "labels/a.png", rainbow)
    np.testing.assert_array_equal(folder(root).read("a").mask, mask(2))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_indexed_png_of_few_bits_reads_right(root, bits):
    labels = np.minimum(mask(1), 1)
    picture = Image.frombytes("P", SIZE[::-1], labels.tobytes())
    picture.putpalette(voc_palette(2).tobytes())
    picture.save(root / "labels/a.png", bits=bits)
    np.testing.assert_array_equal(folder(root).read("a").mask, labels)


def test_rgb_labels_in_the_voc_palette_are_mapped(root):
    Image.fromarray(voc_palette(256)[mask(2)]).save(root / "labels/a.png")
    np.testing.assert_array_equal(folder(root).read("a").mask, mask(2))


def test_rgb_labels_are_mapped_by_the_colours_of_classes_txt(root):
    (root / "classes.txt").write_text("sky 1 2 3\ntraffic light 9, 8, 7\nroad\n")
    colors = voc_palette(256)
    colors[:2] = [[1, 2, 3], [9, 8, 7]]
    Image.fromarray(colors[mask(1)]).save(root / "labels/a.png")
    source = folder(root)
    assert source.class_names == ("sky", "traffic light", "road")
    np.testing.assert_array_equal(source.palette, colors[:3])
    np.testing.assert_array_equal(source.read("a").mask, mask(1))


def test_classes_txt_of_the_folder_above_serves_all_splits(root):
    (root.parent / "classes.txt").write_text("a\nb\nc\nd\n")
    assert folder(root).class_names == ("a", "b", "c", "d")


def test_an_image_turned_by_exif_is_read_upright(root):
    lying = Image.fromarray(np.rot90(photograph(0)).copy())
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(root / "images/a.png", exif=exif)
    np.testing.assert_array_equal(folder(root).read("a").image, photograph(0))


def test_image_scale_keeps_original_labels_for_evaluation(root):
    source = folder(root, image_scale=0.5)
    assert source.size == (6, 8)
    (example, *_) = eval_pipeline(source).as_numpy_iterator()
    assert example["image"].shape == (6, 8, 3)
    np.testing.assert_array_equal(example["mask"], mask(2))
    loaded = source.load(np.int64(0))
    assert loaded["mask"].shape == loaded["scribble"].shape == (6, 8)


@pytest.mark.parametrize("missing", ["scribbles", "labels"])
def test_one_kind_of_label_map_may_be_missing(root, missing):
    for path in (root / missing).iterdir():
        path.unlink()
    (root / missing).rmdir()
    source = folder(root)
    assert source.has_scribbles == (missing == "labels")
    assert source.has_masks == (missing == "scribbles")


def test_scribbles_can_be_simulated_from_labels(root):
    for path in (root / "scribbles").iterdir():
        path.write_bytes(b"")
    example = folder(root, length_ratio=0.5).read("a")
    drawn = example.scribble != 255
    assert set(example.scribble[drawn]) == {0, 2}
    np.testing.assert_array_equal(example.scribble[drawn], example.mask[drawn])


def test_system_files_are_passed_over(root):
    (root / "images/.DS_Store").write_bytes(b"x")
    (root / "images/Thumbs.db").write_bytes(b"x")
    assert len(folder(root)) == 3


# === What is refused ===


def spoil_lonely_image(root):
    Image.fromarray(photograph()).save(root / "images/d.png")
    return "images/d.png: has no partner labels/d.png"


def spoil_lonely_label(root):
    save_indexed(mask(), root / "labels/d.png")
    return "labels/d.png: has no image of that name"


def spoil_twin(root):
    Image.fromarray(photograph()).save(root / "images/a.jpg")
    return "images/a.png: has the same name as images/a.jpg"


def spoil_foreign_format(root):
    Image.fromarray(photograph()).save(root / "images/d.bmp")
    return "images/d.bmp: is neither PNG nor JPEG"


def spoil_disguised_format(root):
    Image.fromarray(photograph()).save(root / "images/a.png", "BMP")
    return "images/a.png: must be PNG or JPEG, and is BMP"


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
    return "labels/c.png: has mode 'I;16'"


def spoil_sixteen_bit_image(root):
    Image.fromarray(mask(2).astype(np.uint16)).save(root / "images/a.png")
    return "images/a.png: has mode 'I;16'"


def spoil_one_bit(root):
    Image.fromarray(mask(2) == 2).save(root / "labels/c.png")
    return "labels/c.png: has mode '1'"


def spoil_four_bit_grey(root):
    # A grey PNG of 16 values, which PIL would stretch to 0..255: written by hand.
    import struct
    import zlib

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
    # Each of the 30 images lacks a scribble and a mask.
    assert "60 problems found" in message and "... and 40 more." in message
    assert len(message.splitlines()) == 22


def test_a_missing_folder_is_named(root, tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        folder(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no folder .*images"):
        folder(root / "labels")


def test_images_alone_are_refused(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(FileNotFoundError, match="scribbles or .*labels"):
        folder(tmp_path)


def test_objects_labelled_255_are_noticed(root):
    for kind in ("labels", "scribbles"):
        for path in (root / kind).iterdir():
            Image.fromarray(np.where(mask(1) == 1, 255, 0).astype(np.uint8)).save(path)
    assert "no label but 0 and 255" in problem(root)


@pytest.mark.parametrize(
    "text, message",
    [
        ("only\n", "2 to 255 classes"),
        ("a\nb\na\n", "class 'a' more than once"),
        ("a\nb 300 0 0\n", "colours are from 0 to 255"),
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
