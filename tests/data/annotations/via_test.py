"""Tests of the files of the VGG Image Annotator."""

import csv
import io
import json

import numpy as np
import pytest

from tests.data.annotations.exports import HEIGHT, WIDTH, photo, rectangle, run, save
from tf_rloss import data

POLYGON = {
    "name": "polygon",
    "all_points_x": [2, 8, 8, 2],
    "all_points_y": [3, 3, 9, 9],
}


def region(shape, value="cat", attribute="kind"):
    return {"shape_attributes": shape, "region_attributes": {attribute: value}}


def content(*regions):
    about = {"filename": "a.png", "size": 99, "file_attributes": {}}
    return {"a.png99": {**about, "regions": list(regions)}}


def imported(tmp_path, *regions, **options):
    photo(tmp_path, "a.png")
    save(tmp_path, "via.json", content(*regions))
    return run(tmp_path, **options)


def test_all_shapes(tmp_path):
    line = {"name": "polyline", "all_points_x": [12, 18], "all_points_y": [2, 2]}
    found = imported(
        tmp_path,
        region(POLYGON),
        region(line, "dog"),
        region({"name": "point", "cx": 20, "cy": 14}, "dog"),
        region({"name": "rect", "x": 1, "y": 1, "width": 27, "height": 17}),
        region({"name": "circle", "cx": 14, "cy": 10, "r": 3}, "dog"),
    )
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    circle = np.hypot(x - 14, y - 10) <= 3
    expected = np.select([rectangle(3, 2, 10, 9), circle], [1, 2], 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert found.points["a"] == [{"x": 20.0, "y": 14.0, "cls": 2}]
    strokes = found.scribble("a")
    assert (strokes[1:4, 12:19] == 2).all()
    np.testing.assert_array_equal(strokes == 0, ~rectangle(1, 1, 18, 28))


def test_ellipse_is_turned_by_theta(tmp_path):
    shape = {"name": "ellipse", "cx": 15, "cy": 10, "rx": 7, "ry": 2}
    found = imported(tmp_path, region(shape | {"theta": np.pi / 2}))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = ((x - 15) / 2) ** 2 + ((y - 10) / 7) ** 2 <= 1
    np.testing.assert_array_equal(found.labels("a"), np.where(inside, 1, 255))


def test_csv_gives_the_same_as_json(tmp_path):
    regions = [region(POLYGON), region({"name": "point", "cx": 20, "cy": 15}, "dog")]
    found = imported(tmp_path, *regions, path="via.json")
    file = io.StringIO()
    table = csv.writer(file)
    head = "filename,file_size,file_attributes,region_count,region_id,"
    table.writerow((head + "region_shape_attributes,region_attributes").split(","))
    for number, entry in enumerate(regions):
        parts = [json.dumps(entry[f"{key}_attributes"]) for key in ("shape", "region")]
        table.writerow(["a.png", 99, "{}", 2, number, *parts])
    save(tmp_path, "via.csv", file.getvalue())
    data.import_annotations(tmp_path / "in" / "via.csv", tmp_path / "other")
    for name in ("labels/a.png", "scribbles/a.png", "points.json", "classes.txt"):
        both = ((root / name).read_bytes() for root in (found.root, tmp_path / "other"))
        assert len(set(both)) == 1, name
    # In a folder with both, only one counts.
    text = data.import_annotations(tmp_path / "in", tmp_path / "third")
    assert "via.csv: is beside a JSON file" in text and "1 outline" in text


def test_regions_that_are_listed_twice_count_once(tmp_path):
    found = imported(tmp_path, region(POLYGON), region(POLYGON))
    assert "1 x shapes are listed twice" in found.summary
    assert "1 outline" in found.summary


def test_projects_and_regions_of_version_1(tmp_path):
    old = content()
    old["a.png99"]["regions"] = {"0": region(POLYGON)}
    photo(tmp_path, "a.png")
    save(tmp_path, "via.json", {"_via_img_metadata": old, "_via_settings": {}})
    assert (run(tmp_path).labels("a") == 1).sum() == 49


def test_ticked_options_are_classes(tmp_path):
    found = imported(tmp_path, region(POLYGON, {"cat": True, "dog": False}))
    assert found.classes == ["background", "cat"]


def test_the_user_chooses_among_several_attributes(tmp_path):
    both = region(POLYGON)
    both["region_attributes"]["name"] = "Tom"
    with pytest.raises(data.DataError, match="Found: kind, name"):
        imported(tmp_path, both)
    found = run(tmp_path, class_attribute="name")
    assert found.classes == ["background", "Tom"]
    with pytest.raises(data.DataError, match="no attribute"):
        data.import_annotations(
            tmp_path / "in", tmp_path / "other", class_attribute="age"
        )


def test_without_a_photograph_the_size_is_not_guessed(tmp_path):
    save(tmp_path, "via.json", content(region(POLYGON)))
    with pytest.raises(data.DataError, match="size is unknown"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("shape", "note"),
    [
        ({"name": "rect", "x": 1, "y": 1, "width": 0, "height": 4}, "box of 0 x 4"),
        ({"name": "rect", "x": 1}, "lacks 'y'"),
        ({"name": "circle", "cx": 1, "cy": 1, "r": -1}, "without area"),
        ({"name": "polygon", "all_points_x": [1], "all_points_y": []}, "as many x"),
        ({"name": "polygon", "all_points_x": "1", "all_points_y": "1"}, "as many x"),
        ({"name": "star"}, "without a meaning here"),
        (3, "not as expected"),
    ],
)
def test_a_faulty_region_is_named_and_the_others_stay(tmp_path, shape, note):
    found = imported(tmp_path, region(shape), region(POLYGON))
    assert note in found.summary and "a.png, region 1" in found.summary
    assert (found.labels("a") == 1).sum() == 49
