import numpy as np
import pytest
from PIL import Image

from tf_rloss.labels import IGNORE_LABEL, voc_palette
from tf_rloss.visualization import (
    label_image,
    labelled_image,
    overlay,
    save_image,
    save_label_png,
)

PALETTE = voc_palette(4)


def _label_map():
    label_map = np.arange(24).reshape(4, 6) % 4
    label_map[0, 0] = IGNORE_LABEL
    return label_map


def test_label_image_uses_the_colour_of_every_id():
    picture = label_image(_label_map(), PALETTE)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture[1, 1], PALETTE[3])
    np.testing.assert_array_equal(picture[0, 0], voc_palette(256)[255])


def test_label_without_a_colour_is_named():
    with pytest.raises(ValueError, match=r"from 0 to 3, or 255. Received: \[7, 9\]"):
        label_image(np.array([[0, 7], [9, 255]]), PALETTE)


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.zeros((2, 2, 1), np.uint8)])
def test_probabilities_are_not_taken_for_a_label_map(bad):
    with pytest.raises(ValueError, match="integer array"):
        label_image(bad, PALETTE)


def test_overlay_leaves_unlabelled_pixels_as_they_are():
    image = np.full((4, 6, 3), 200, np.uint8)
    picture = overlay(image, _label_map(), PALETTE, alpha=0.5)
    np.testing.assert_array_equal(picture[0, 0], [200, 200, 200])
    # Label 3 is (128, 128, 0): half of 200 and half of the colour.
    np.testing.assert_array_equal(picture[1, 1], [164, 164, 100])
    opaque = overlay(image, _label_map(), PALETTE, alpha=1.0)
    np.testing.assert_array_equal(opaque[1, 1], PALETTE[3])


def test_overlay_can_leave_the_background_as_it_is():
    image, labels = np.full((1, 2, 3), 200, np.uint8), np.array([[0, 3]])
    shown = overlay(image, labels, PALETTE, alpha=0.5)
    np.testing.assert_array_equal(shown[0, 0], [100, 100, 100])
    left = overlay(image, labels, PALETTE, alpha=0.5, skip_black=True)
    np.testing.assert_array_equal(left[0], [[200, 200, 200], [164, 164, 100]])


def test_overlay_of_another_size_is_refused():
    with pytest.raises(ValueError, match="H and W of `label_map`"):
        overlay(np.zeros((4, 5, 3)), _label_map(), PALETTE)


def test_overlay_weight_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"alpha=1\.5"):
        overlay(np.zeros((4, 6, 3)), _label_map(), PALETTE, alpha=1.5)


def test_label_png_keeps_ids_and_shows_colours(tmp_path):
    path = tmp_path / "new" / "mask.png"
    save_label_png(_label_map(), PALETTE, path)
    with Image.open(path) as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), _label_map())
        colours = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(colours, label_image(_label_map(), PALETTE))


def test_strokes_are_opaque_and_regions_and_masks_let_the_image_through():
    image = np.full((60, 80, 3), 200, np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    mask[40:] = 1
    scribble = np.full_like(mask, IGNORE_LABEL)
    scribble[50, 10:30] = 2  # a stroke
    scribble[:20] = 0  # a region
    picture = labelled_image(image, scribble, mask, PALETTE)
    np.testing.assert_array_equal(picture[50, 20], PALETTE[2])
    np.testing.assert_array_equal(picture[19, 40], PALETTE[0])  # its border
    assert (picture[10, 40] > PALETTE[0]).all() and (picture[10, 40] < 200).all()
    np.testing.assert_array_equal(picture[30, 40], image[30, 40])
    np.testing.assert_array_equal(picture[45], overlay(image, mask, PALETTE, 0.6)[45])
    np.testing.assert_array_equal(labelled_image(image, None, None, PALETTE), image)


def test_large_labelled_images_are_reduced_and_keep_thin_strokes():
    image = np.full((2051, 3073, 3), 200, np.uint8)
    mask = np.ones(image.shape[:2], np.uint8)
    scribble = np.full_like(mask, IGNORE_LABEL)
    scribble[1000, 200:1400] = 2
    picture = labelled_image(image, scribble, mask, PALETTE)
    assert picture.shape == (684, 1025, 3)
    stroke = (picture == PALETTE[2]).all(axis=-1)
    assert stroke.sum() in range(398, 404)  # 1200 / 3 pixels, and its two ends
    assert set(np.flatnonzero(stroke.any(axis=1))) <= {333, 334}
    alone = labelled_image(image, None, mask, PALETTE)
    assert (alone == overlay(image[:1, :1], mask[:1, :1], PALETTE, 0.6)).all()
    np.testing.assert_array_equal(picture[~stroke], alone[~stroke])


def test_failed_write_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path):
    path = tmp_path / "picture.png"
    save_image(np.zeros((2, 2, 3), np.uint8), path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_image(np.zeros((2, 2, 7), np.uint8), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_written_file_is_readable_by_others(tmp_path):
    path = tmp_path / "picture.png"
    plain = tmp_path / "plain"
    plain.touch()
    save_image(np.zeros((2, 2, 3), np.uint8), path)
    assert path.stat().st_mode == plain.stat().st_mode
