"""Labels that are likely mistakes are refused or named; ids and colours are ignored."""

import logging

import numpy as np
import pytest
from PIL import Image

from tf_rloss import data
from tf_rloss.data.label_maps import inspect_label_map, read_label_map
from tf_rloss.labels import voc_palette

SIZE = (6, 8)


def write(root, scribbles=(), masks=(), classes=None):
    """Writes images with label maps; None leaves one out."""
    for kind, maps in (("scribbles", scribbles), ("labels", masks)):
        for i, labels in enumerate(maps):
            for folder in ("images", kind):
                (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((*SIZE, 3), 9 * i, np.uint8)).save(
                root / "images" / f"{i}.png"
            )
            if labels is not None:
                Image.fromarray(labels).save(root / kind / f"{i}.png")
    if classes is not None:
        (root / "classes.txt").write_text("\n".join(classes))
    return root


def strokes(*ids, unlabelled=255):
    """A label map with a row of each id."""
    labels = np.full(SIZE, unlabelled, np.uint8)
    for row, label in enumerate(ids):
        labels[row] = label
    return labels


def refusal(root, **options):
    with pytest.raises(data.DataError) as error:
        data.folder(root, **options)
    return str(error.value)


def test_an_id_that_marks_unlabelled_pixels_is_suspected(tmp_path):
    """Protects: id 4 of such scribbles was trained as a class."""
    write(tmp_path, [strokes(0, 1, 2, 3, unlabelled=4)] * 2)
    message = refusal(tmp_path)
    assert "no file has a pixel of 255" in message
    assert "Id 4 has 33 % of the pixels" in message and "--ignore_id" in message


@pytest.mark.parametrize("unlabelled", [4, 0])
def test_ids_can_mark_unlabelled_pixels(unlabelled, tmp_path):
    write(tmp_path, [strokes(1, 2, 3, unlabelled=unlabelled)])
    source = data.folder(tmp_path, ignore_ids=[unlabelled])
    assert source.num_classes == 4 and source.ignore_ids == (unlabelled,)
    np.testing.assert_array_equal(source.load(0).scribble, strokes(1, 2, 3))


def test_a_wrong_id_to_ignore_is_refused(tmp_path):
    write(tmp_path, [strokes(0, 1)])
    for wrong in (255, -1, 1.5):
        with pytest.raises(ValueError, match="ignore_ids"):
            data.folder(tmp_path, ignore_ids=[wrong])


@pytest.mark.parametrize("ids", [(0, 254), (0, 5), (0, 1, 2, 250)])
def test_ids_with_gaps_are_refused(ids, tmp_path):
    """Protects: two ids made a network of 255 classes."""
    write(tmp_path, [strokes(*ids)])
    assert f"If {ids[-1]} marks pixels without a label" in refusal(tmp_path)
    data.folder(tmp_path, num_classes=ids[-1] + 1)  # The number says that it is right.
    source = data.folder(tmp_path, ignore_ids=ids[-1:], num_classes=3)
    assert source.load(0).scribble[len(ids) - 1, 0] == 255


def test_ids_with_gaps_are_refused_only_where_most_are_missing(tmp_path, caplog):
    write(tmp_path, [strokes(0, 2)])
    assert data.folder(tmp_path).num_classes == 3
    assert "scribbles have no pixel of class 1 'class 1'" in caplog.text


def test_a_scribbled_class_that_no_mask_has_is_refused(tmp_path, caplog):
    write(tmp_path, [strokes(0, 1, 2)], [strokes(0, 0, 0, 1, 1, 1)])
    message = refusal(tmp_path)
    assert "id 2 is in 1 scribbles and in no mask" in message
    data.folder(tmp_path, class_names=("a", "b", "c"))
    assert "id 2 is in 1 scribbles and in no mask" in caplog.text


def test_masks_of_one_class_and_255_are_refused(tmp_path):
    """Protects: objects drawn in white are no label of a class."""
    write(tmp_path, masks=[strokes(0, 0, 0)], classes=["background", "cat"])
    assert "holds id 0 and 255 only" in refusal(tmp_path)


def test_scribbles_of_every_pixel_are_named(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    whole = strokes(0, 1, unlabelled=0)
    source = data.folder(write(tmp_path, [whole, strokes(0, 1)]))
    assert "1 of 2 scribbles label every pixel: 0" in caplog.text
    assert source.warnings == ("1 of 2 scribbles label every pixel: 0",)


def test_some_images_may_lack_a_mask_beside_scribbles(tmp_path, caplog):
    mask = strokes(0, 0, 0, 1, 1, 1)
    write(tmp_path, [strokes(0, 1)] * 3, [None, mask, None])
    source = data.folder(tmp_path)
    assert source.unmasked == {"0", "2"} and not source.has_masks
    assert source.load(0).mask is None
    np.testing.assert_array_equal(source.load(1).mask, mask)
    assert "2 of 3 images have no mask" in caplog.text


def test_mistakes_of_every_kind_are_told_together(tmp_path):
    """Protects: wrong labels were found only once all files had partners."""
    write(tmp_path, [strokes(0, 1), strokes(0, 1)], [strokes(0, 1), strokes(9)])
    (tmp_path / "scribbles" / "0.png").unlink()
    (tmp_path / "labels" / "x.png").write_bytes(b"")
    message = refusal(tmp_path, num_classes=2)
    assert "images/0.png: has no partner scribbles/0.png" in message
    assert "labels/x.png: has no image of that name" in message
    assert "labels/1.png: has label 9" in message


def test_a_colour_of_classes_txt_can_mark_unlabelled_pixels(tmp_path):
    classes = ["background 0 0 0", "cat 9 9 9", "unlabelled 255 255 255"]
    colors = np.full((*SIZE, 3), 255, np.uint8)
    colors[0], colors[1] = 0, 9
    write(tmp_path, [colors], classes=classes)
    source = data.folder(tmp_path)
    assert source.class_names == ("background", "cat")
    np.testing.assert_array_equal(source.load(0).scribble, strokes(0, 1))


def test_unlabelled_is_no_class(tmp_path):
    write(tmp_path, [strokes(0, 1)], classes=["unlabeled", "cat"])
    with pytest.raises(data.DataError, match="is no class"):
        data.folder(tmp_path)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_pixels_have_no_label(mode, tmp_path):
    palette = voc_palette(3)
    labels = strokes(0, 1, 2, unlabelled=1)
    alpha = np.where(strokes(0, 1, 2) == 255, 0, 255).astype(np.uint8)[..., None]
    values = labels[..., None] if mode == "LA" else palette[labels]
    path = tmp_path / "a.png"
    Image.fromarray(np.concatenate([values, alpha], -1)).save(path)
    assert Image.open(path).mode == mode
    np.testing.assert_array_equal(read_label_map(path, palette), strokes(0, 1, 2))
    size, counts = inspect_label_map(path, palette)
    assert size == SIZE and counts == {0: 8, 1: 8, 2: 8, 255: 24}
    alpha[0] = 100
    Image.fromarray(np.concatenate([values, alpha], -1)).save(path)
    with pytest.raises(ValueError, match="partly transparent"):
        read_label_map(path, palette)


def test_counts_are_those_of_the_labels_that_are_read(tmp_path):
    palette, rng = voc_palette(5), np.random.default_rng(0)
    labels = rng.choice([0, 1, 2, 4, 255], SIZE).astype(np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(labels).save(path)
    _, counts = inspect_label_map(path, palette, ignore_ids=(4, 1))
    found = read_label_map(path, palette, ignore_ids=(4, 1))
    assert counts == dict(zip(*np.unique(found, return_counts=True), strict=True))
    assert set(counts) == {0, 2, 255}
