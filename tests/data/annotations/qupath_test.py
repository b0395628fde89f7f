"""Tests of QuPath's GeoJSON files."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    photo,
    rectangle,
    run,
    save,
)
from tf_rloss import data

SQUARE = [[2, 3], [9, 3], [9, 8], [2, 8], [2, 3]]
HOLE = [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]


def feature(kind, coordinates, name="Tumor", color=(200, 0, 0), **properties):
    geometry = {"type": kind, "coordinates": coordinates}
    geometry |= properties.pop("geometry", {})
    about = {"objectType": "annotation", "classification": {"name": name}}
    about["classification"]["color"] = list(color)
    return {
        "type": "Feature",
        "id": "1",
        "geometry": geometry,
        "properties": about | properties,
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def imported(tmp_path, *features, **options):
    photo(tmp_path, "a.png")
    save(tmp_path, "a.geojson", collection(*features))
    return run(tmp_path, **options)


def test_polygon_with_a_hole_and_y_down(tmp_path):
    found = imported(tmp_path, feature("Polygon", [SQUARE, HOLE]))
    mask = rectangle(3, 2, 8, 9) & ~rectangle(4, 4, 6, 6)
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 1, 255))
    assert found.classes == ["background", "Tumor"]
    assert found.colors[1] == (200, 0, 0)


def test_every_type_of_geometry(tmp_path):
    other = [[20, 10], [25, 10], [25, 15], [20, 15]]
    line = [[12.5, 3.5], [16.5, 3.5]]
    parts = [
        {"type": "Point", "coordinates": [3.5, 18.5]},
        {"type": "MultiLineString", "coordinates": [line]},
    ]
    found = imported(
        tmp_path,
        feature("MultiPolygon", [[SQUARE], [other]]),
        feature("MultiPoint", [[5.5, 15.5], [9.5, 15.5]]),
        feature("LineString", [[12.5, 17.5], [16.5, 17.5]]),
        feature("GeometryCollection", None, geometry={"geometries": parts}),
    )
    mask = rectangle(3, 2, 8, 9) | rectangle(10, 20, 15, 25)
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 1, 255))
    places = [(p["x"], p["y"]) for p in found.points["a"]]
    assert places == [(5, 15), (9, 15), (3, 18)]
    strokes = found.scribble("a")
    assert (strokes[3, 12:17] == 1).all() and (strokes[17, 12:17] == 1).all()


def test_polygon_of_an_ellipse_stands_for_the_ellipse_in_its_box(tmp_path):
    ring = [[5, 10], [15, 4], [25, 10], [15, 16], [5, 10]]
    found = imported(tmp_path, feature("Polygon", [ring], geometry={"isEllipse": True}))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = ((x - 15) / 10) ** 2 + ((y - 10) / 6) ** 2 <= 1
    np.testing.assert_array_equal(found.labels("a"), np.where(inside, 1, 255))


def test_cells_and_detections_are_not_annotations(tmp_path):
    old = feature("Polygon", [HOLE], objectType=None) | {"id": "PathDetectionObject"}
    found = imported(
        tmp_path,
        feature("Polygon", [SQUARE], objectType=None) | {"id": "PathAnnotationObject"},
        feature("Polygon", [HOLE], "Stroma", objectType="cell"),
        old,
    )
    assert "2 x cells, detections and tiles" in found.summary
    assert found.classes == ["background", "Tumor"]


@pytest.mark.parametrize("text", ["{'name': 'Stroma'}", '{"name": "Stroma"}', "Stroma"])
def test_classes_that_other_programs_have_made_a_text(tmp_path, text):
    found = imported(tmp_path, feature("Polygon", [SQUARE], classification=text))
    assert found.classes == ["background", "Stroma"]


def test_old_colours_are_signed_numbers(tmp_path):
    about = {"name": "Stroma", "colorRGB": -13260}
    found = imported(tmp_path, feature("Polygon", [SQUARE], classification=about))
    assert found.colors[1] == (255, 204, 52)


def test_a_feature_without_a_class_is_left_out_or_gets_one(tmp_path):
    features = (
        feature("Polygon", [SQUARE]),
        feature("Point", [20.5, 10.5], classification=None, name_="x"),
    )
    found = imported(tmp_path, *features)
    assert "1 x shapes without a class" in found.summary
    assert not (found.root / "points.json").exists()
    data.import_annotations(tmp_path / "in", tmp_path / "other", unclassified="Stroma")
    text = (tmp_path / "other" / "classes.txt").read_text()
    assert [line.split()[0] for line in text.splitlines()][2] == "Stroma"


def test_classes_that_occur_nowhere_are_one_class(tmp_path):
    found = imported(tmp_path, feature("Polygon", [SQUARE], classification=None))
    assert found.classes == ["background", "object"]


def test_other_planes_are_left_out(tmp_path):
    found = imported(
        tmp_path,
        feature("Polygon", [SQUARE], geometry={"plane": {"c": -1, "z": 0, "t": 0}}),
        feature("Polygon", [HOLE], "B", geometry={"plane": {"c": -1, "z": 2, "t": 0}}),
    )
    assert "1 x shapes on other z-slices" in found.summary


@pytest.mark.parametrize("wrap", [list, lambda features: features[0]])
def test_bare_lists_and_single_features(tmp_path, wrap):
    photo(tmp_path, "a.png")
    save(tmp_path, "a.geojson", wrap([feature("Polygon", [SQUARE])]))
    assert (run(tmp_path).labels("a") == 1).sum() == 35


def test_the_project_tells_the_size_where_there_is_no_photograph(tmp_path):
    about = {"name": "a.ome.tif", "width": WIDTH, "height": HEIGHT}
    entry = {"imageName": "a.ome.tif", "serverBuilder": {"metadata": about}}
    save(tmp_path, "project.qpproj", {"images": [entry]})
    save(tmp_path, "a.geojson", collection(feature("Polygon", [SQUARE])))
    save(tmp_path, "b.geojson", collection(feature("Polygon", [SQUARE])))
    found = run(tmp_path)
    assert found.labels("a.ome").shape == (HEIGHT, WIDTH)
    assert "size is unknown without the photograph:\n    b" in found.summary


@pytest.mark.parametrize(
    ("bad", "note"),
    [
        (feature("Circle", [1, 2]), "unknown type 'Circle'"),
        (feature("Polygon", []), "not as expected"),
        (feature("Polygon", [[[1, 2], [3, "x"], [5, 6]]]), "'x' as a coordinate"),
        (feature("Polygon", {"a": 1}), "no list of points"),
        ({"type": "Feature"}, "lacks 'geometry'"),
        ("text", "not as expected"),
    ],
)
def test_a_faulty_feature_is_named_and_the_others_stay(tmp_path, bad, note):
    found = imported(tmp_path, feature("Polygon", [SQUARE]), bad)
    assert note in found.summary and "a.geojson, feature 2" in found.summary


def test_collections_in_collections_without_end(tmp_path):
    geometry = {"type": "Point", "coordinates": [1, 1]}
    for _ in range(100):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    deep = feature("GeometryCollection", None, geometry=geometry)
    found = imported(tmp_path, feature("Polygon", [SQUARE]), deep)
    assert "feature 2" in found.summary
