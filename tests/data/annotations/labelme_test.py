"""Tests of labelme's files."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    in_base64,
    photo,
    png,
    rectangle,
    run,
    save,
)
from tf_rloss import data


def shape(points, kind="polygon", label="cat", **other):
    return {"label": label, "points": points, "shape_type": kind, **other}


def content(*shapes, **other):
    return {
        "version": "5.7.0",
        "shapes": list(shapes),
        "imagePath": "a.png",
        "imageData": None,
        "imageHeight": HEIGHT,
        "imageWidth": WIDTH,
        **other,
    }


def imported(tmp_path, *shapes, **options):
    photo(tmp_path, "a.png")
    save(tmp_path, "a.json", content(*shapes))
    return run(tmp_path, **options)


def test_polygons_are_filled_with_their_outline_and_later_ones_lie_on_top(tmp_path):
    rings = [[[2.4, 2.6], [20.5, 4.1], [9.9, 17.2]], [[8, 2], [16, 3], [12.5, 12]]]
    canvas = Image.new("L", (WIDTH, HEIGHT), 255)
    for label, ring in enumerate(rings, 1):
        ImageDraw.Draw(canvas).polygon([*map(tuple, ring)], fill=label, outline=label)
    found = imported(tmp_path, shape(rings[0]), shape(rings[1], label="dog"))
    np.testing.assert_array_equal(found.labels("a"), np.array(canvas))


def test_other_shapes(tmp_path):
    found = imported(
        tmp_path,
        shape([[10, 10], [13, 14]], "circle"),
        shape([[3.5, 2.5], [8.5, 2.5]], "line"),
        shape([[20.5, 2.5], [24.5, 2.5], [24.5, 6.5]], "linestrip", "dog"),
        shape([[22.0, 15.0]], "point", "dog"),
    )
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    circle = np.hypot(x - 10, y - 10) <= 5
    np.testing.assert_array_equal(found.labels("a"), np.where(circle, 1, 255))
    strokes = found.scribble("a")
    assert (strokes[1:4, 3:9] == 1).all() and strokes[6, 24] == 2
    assert found.points["a"] == [{"x": 21.5, "y": 14.5, "cls": 2}]


@pytest.mark.parametrize("corners", [[[5, 12], [20, 3]], [[20, 12], [5, 3]]])
def test_corners_of_a_rectangle_come_in_any_order(tmp_path, corners):
    found = imported(tmp_path, shape(corners, "rectangle"))
    expected = np.where(rectangle(3, 5, 12, 20), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_oriented_rectangle_is_a_box(tmp_path):
    corners = [[5, 3], [20, 3], [20, 12], [5, 12]]
    found = imported(tmp_path, shape(corners, "oriented_rectangle"))
    expected = np.where(rectangle(3, 5, 12, 20), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


@pytest.mark.parametrize("corners", [[[4.4, 3.0], [9.4, 7.0]], [[4, 3], [9, 7]]])
def test_mask_of_zeros_and_ones_lies_at_its_rounded_corner(tmp_path, corners):
    mask = np.random.default_rng(0).integers(0, 2, (5, 6)).astype(np.uint8)
    found = imported(tmp_path, shape(corners, "mask", mask=in_base64(png(mask))))
    expected = np.full((HEIGHT, WIDTH), 255)
    expected[3:8, 4:10][mask > 0] = 1
    np.testing.assert_array_equal(found.labels("a"), expected)


def test_mask_is_cut_at_the_edge_of_the_image(tmp_path):
    mask = in_base64(png(np.ones((5, 6), np.uint8)))
    found = imported(tmp_path, shape([[-2, 17], [3, 21]], "mask", mask=mask))
    expected = np.where(rectangle(17, 0, 20, 4), 1, 255)
    np.testing.assert_array_equal(found.labels("a"), expected)


def test_mask_that_contradicts_whole_corners_is_refused(tmp_path):
    mask = in_base64(png(np.ones((5, 6), np.uint8)))
    with pytest.raises(
        data.DataError, match="mask of 6 x 5 px between corners of 9 x 5"
    ):
        imported(tmp_path, shape([[1, 1], [9, 5]], "mask", mask=mask))


def test_old_files_without_types_and_sizes(tmp_path):
    photo(tmp_path, "a.png")
    old = {"label": "cat", "points": [[2, 2], [8, 2], [8, 9], [2, 9]]}
    save(tmp_path, "a.json", content(old, imageHeight=None, imageWidth=None))
    assert (run(tmp_path).labels("a") == 1).sum() == 7 * 8  # with both borders


def test_ignored_shapes_have_no_label_over_others(tmp_path):
    ring = [[2, 2], [20, 2], [20, 15], [2, 15]]
    hidden = [[5, 5], [8, 5], [8, 8], [5, 8]]
    found = imported(tmp_path, shape(ring), shape(hidden, label="__ignore__"))
    labels = found.labels("a")
    assert (labels[5:9, 5:9] == 255).all() and labels[4, 4] == 1
    assert found.classes == ["background", "cat"]


def test_labels_file_gives_the_order_and_the_background(tmp_path):
    save(tmp_path, "labels.txt", "__ignore__\n_background_\ndog\ncat\n")
    found = imported(tmp_path, shape([[2, 2], [8, 2], [8, 9]]))
    assert found.classes == ["_background_", "dog", "cat"]
    assert found.labels("a")[3, 7] == 2
    assert "1 x classes have no shape" in found.summary


@pytest.mark.parametrize("path", ["..\\pictures\\a.png", "../pictures/a.png"])
def test_image_path_of_windows(tmp_path, path):
    save(tmp_path, "labels/a.json", content(shape([[5, 5]], "point"), imagePath=path))
    photo(tmp_path, "pictures/a.png")
    photo(tmp_path, "other/a.png", 9, 9)
    assert (run(tmp_path).root / "images" / "a.png").exists()


def test_embedded_image_is_used_where_the_path_names_the_json(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3))
    embedded = png(pixels.astype(np.uint8))
    save(
        tmp_path,
        "b.json",
        content(
            shape([[5, 5]], "point"),
            imagePath="b.json",
            imageData=in_base64(embedded),
            imageHeight=None,
        ),
    )
    found = run(tmp_path)
    assert (found.root / "images" / "b.png").read_bytes() == embedded


def test_orientation_is_applied_before_annotating(tmp_path):
    # A camera stores 20 x 30 px, to be turned; labelme shows and labels 30 x 20 px.
    picture = Image.new("RGB", (HEIGHT, WIDTH))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path, "a.png", b"")
    picture.save(path, exif=exif)
    save(tmp_path, "a.json", content(shape([[25, 5]], "point")))
    found = run(tmp_path)
    assert found.scribble("a").shape == (HEIGHT, WIDTH)
    source = data.folder(found.root)
    assert source.load(0).image.shape == (HEIGHT, WIDTH, 3)


def test_damaged_embedded_image_is_reported(tmp_path):
    photo(tmp_path, "a.png")
    damaged = in_base64(b"\x89PNG\r\n\x1a\n")
    save(tmp_path, "a.json", content(shape([[5, 5]], "point"), imageData=damaged))
    found = run(tmp_path)
    assert "cannot be read out of `imageData`" in found.summary
    assert (found.root / "images" / "a.png").exists()
