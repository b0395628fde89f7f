"""Tests of Supervisely's projects."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

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
from tf_rloss.data.annotations import supervisely

META = {
    "classes": [
        {"title": "dog", "shape": "bitmap", "color": "#F6FF00"},
        {"title": "cat", "shape": "any", "color": "#BE55CE"},
    ],
    "tags": [],
}


def thing(kind, exterior=(), interior=(), title="cat", **other):
    points = {"exterior": list(exterior), "interior": list(interior)}
    return {"classTitle": title, "geometryType": kind, "points": points, **other}


def bitmap(content, origin=(4, 3), title="cat", **other):
    packed = in_base64(zlib.compress(content))
    about = {"data": packed, "origin": list(origin)}
    return {"classTitle": title, "geometryType": "bitmap", "bitmap": about, **other}


def content(*objects):
    size = {"height": HEIGHT, "width": WIDTH}
    return {"description": "", "tags": [], "size": size, "objects": list(objects)}


def imported(tmp_path, *objects, name="a.jpg.json", **options):
    save(tmp_path, "meta.json", META)
    save(tmp_path, f"ds/ann/{name}", content(*objects))
    photo(tmp_path, "ds/img/a.jpg")
    return run(tmp_path, **options)


@pytest.mark.parametrize("name", ["a.jpg.json", "a.json"])
def test_new_and_old_names_of_files(tmp_path, name):
    found = imported(tmp_path, thing("point", [[5, 6]]), name=name)
    assert found.points == {"a": [{"x": 5.0, "y": 6.0, "cls": 2}]}
    assert (found.root / "images" / "a.jpg").exists()
    assert found.classes == ["background", "dog", "cat"]
    assert found.colors[1:] == [(0xF6, 0xFF, 0), (0xBE, 0x55, 0xCE)]


def test_polygons_cover_their_border_and_holes_do_not(tmp_path):
    exterior = [[2, 3], [12, 3], [12, 10], [2, 10]]
    hole = [[5.2, 5.0], [8.0, 5.0], [8.0, 7.9], [5.0, 8.0]]
    found = imported(tmp_path, thing("polygon", exterior, [hole]))
    mask = rectangle(3, 2, 11, 13) & ~rectangle(5, 5, 9, 9)
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 2, 255))


def test_lines_and_rectangles(tmp_path):
    found = imported(
        tmp_path,
        thing("line", [[3, 15], [9, 15]]),
        thing("rectangle", [[20, 17], [1, 12]]),
    )
    strokes = found.scribble("a")
    assert (strokes[14:17, 3:10] == 2).all()
    background = ~rectangle(12, 1, 18, 21)
    np.testing.assert_array_equal(strokes == 0, background)


def random_mask():
    return np.random.default_rng(0).random((5, 7)) < 0.5


def rgba():
    pixels = np.zeros((5, 7, 4), np.uint8)
    pixels[random_mask()] = 255, 255, 255, 40
    return png(pixels)


def palette():
    picture = Image.fromarray(random_mask().astype(np.uint8))
    picture.putpalette([0, 0, 0, 255, 255, 255])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=0)
    return file.getvalue()


def grey():
    return png(random_mask().astype(np.uint8))


@pytest.mark.parametrize("make", [rgba, palette, grey])
def test_bitmaps_lie_at_their_origin(tmp_path, make):
    found = imported(tmp_path, bitmap(make()))
    expected = np.full((HEIGHT, WIDTH), 255)
    expected[3:8, 4:11][random_mask()] = 2
    np.testing.assert_array_equal(found.labels("a"), expected)


def test_later_objects_lie_on_top(tmp_path):
    full = png(np.ones((5, 7), np.uint8))
    found = imported(tmp_path, bitmap(full), bitmap(full, (6, 3), title="dog"))
    expected = np.select([rectangle(3, 6, 8, 13), rectangle(3, 4, 8, 11)], [1, 2], 255)
    np.testing.assert_array_equal(found.labels("a"), expected)


def test_old_objects_have_the_kind_of_their_class(tmp_path):
    old = bitmap(grey(), title="dog", points={"exterior": [], "interior": []})
    del old["geometryType"]
    empty = thing("polygon", [[1, 1], [3, 1], [3, 3]], bitmap=None)
    found = imported(tmp_path, old, empty)
    assert (found.labels("a") == 1).sum() == random_mask().sum()


@pytest.mark.parametrize(
    ("bad", "note"),
    [
        (bitmap(b"no picture"), "cannot be read"),
        (bitmap(grey()[:40]), "cannot be read"),
        (bitmap(grey(), origin=(1.5, 2)), "between pixels"),
        (bitmap(grey(), origin=("a", 2)), "'a' as a coordinate"),
        (bitmap(grey()) | {"bitmap": {"data": "###", "origin": [1, 1]}}, "bitmap"),
        (bitmap(grey()) | {"bitmap": {"data": 3, "origin": [1, 1]}}, "base64"),
        (thing("polygon", [[1, 1], [2, 2]]), "needs 3 points"),
        (thing("polygon") | {"points": {"exterior": "abc"}}, "no list of points"),
        (thing("graph"), "without a meaning here"),
        (thing("point", [[1, 1]]) | {"points": 3}, "not as expected"),
    ],
)
def test_a_faulty_object_is_named_and_the_others_stay(tmp_path, bad, note):
    found = imported(tmp_path, bad, thing("point", [[5, 6]]))
    assert note in found.summary and "ds/a.jpg, object 1" in found.summary
    assert found.points["a"] == [{"x": 5.0, "y": 6.0, "cls": 2}]


def test_bitmap_that_inflates_without_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisely, "_MOST_INFLATED", 1000)
    bomb = bitmap(bytes(10_000_000))
    with pytest.raises(data.DataError, match="picture that cannot be read"):
        imported(tmp_path, bomb)
