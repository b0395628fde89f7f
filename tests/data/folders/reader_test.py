"""Folders are read in every layout and format that the docs name."""

import shutil

import numpy as np
import pytest
from PIL import Image

from tests.data.small_folder import SIZE, mask, photograph, save_indexed
from tf_rloss.data import eval_pipeline, folder, shorten_scribble
from tf_rloss.labels import voc_palette


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
    loaded = source.load_tensors(np.int64(0))
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
    shutil.rmtree(root / "scribbles")
    example = folder(root, length_ratio=0.5).read("a")
    drawn = example.scribble != 255
    assert set(example.scribble[drawn]) == {0, 2}
    np.testing.assert_array_equal(example.scribble[drawn], example.mask[drawn])


def test_scribbles_of_a_folder_are_shortened(root):
    whole = folder(root).read("a").scribble
    shorter = folder(root, length_ratio=0.5).read("a").scribble
    np.testing.assert_array_equal(shorter, shorten_scribble(whole, 0.5))
    assert 0 < (shorter != 255).sum() < (whole != 255).sum()


def test_system_files_are_passed_over(root):
    (root / "images/.DS_Store").write_bytes(b"x")
    (root / "images/Thumbs.db").write_bytes(b"x")
    assert len(folder(root)) == 3
