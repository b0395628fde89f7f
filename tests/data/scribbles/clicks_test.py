"""Files of What's the Point are read and drawn, and their mistakes are named."""

import json

import numpy as np
import pytest

from tf_rloss.data import DataError, draw_points, read_points, synthetic, with_points


def point(x, y, label, **more):
    return {"x": x, "y": y, "cls": label} | more


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_points_are_row_column_and_class(tmp_path):
    content = {"a": [point(7.25, 3, 2, rank=1), point(900, 1, 20, rank=2)], "b": []}
    points = read_points(write(tmp_path / "p.json", content))
    assert points["a"].tolist() == [[3, 7.25, 2], [1, 900, 20]]
    assert points["b"].shape == (0, 3)


def test_background_comes_first(tmp_path):
    front = write(tmp_path / "p.json", {"a": [point(7, 3, 2)], "b": [point(1, 1, 1)]})
    behind = write(tmp_path / "bg.json", {"a": [point(7, 3, 0)], "c": []})
    points = read_points(front, behind)
    assert points["a"][:, 2].tolist() == [0, 2]
    assert points.keys() == {"a", "b"} and len(points["b"]) == 1


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "is not JSON"),
        ("[" * 100000, "is not JSON"),
        ([], "must map image ids"),
        ({"a": 5}, "image 'a' must have a list of points"),
        ({"a": [5]}, "image 'a'"),
        ({"a": [{"x": 1, "y": 2}]}, "image 'a'"),
        ({"a": [point("1", 2, 3)]}, "image 'a'"),
        ({"a": [point(float("nan"), 2, 3)]}, "image 'a'"),
        ({"a": [point(1, 2, 21)]}, "with classes 0 to 20"),
        ({"a": [point(1, 2, 1.5)]}, "image 'a'"),
        ({"a": [point(1, 2, [])]}, "image 'a'"),
    ],
)
def test_wrong_files_are_named_with_the_image(tmp_path, content, message):
    with pytest.raises(DataError, match=r"p\.json: .*" + message):
        read_points(write(tmp_path / "p.json", content))


def test_a_point_is_a_click_of_six_pixels():
    drawn = draw_points(np.array([[10.0, 12.0, 3.0]]), (20, 30))
    rows, columns = np.nonzero(drawn == 3)
    assert len(rows) == 29  # a disc of diameter 6, centred on a pixel
    assert (rows.mean(), columns.mean()) == (10, 12)
    assert (drawn != 255).sum() == 29


def test_points_outside_are_not_drawn_and_later_ones_are_on_top():
    points = [[5, 5, 1], [5, 5, 2], [-1, 5, 3], [5, 10, 3], [11, 5, 3]]
    assert set(np.unique(draw_points(np.array(points), (10, 10)))) == {2, 255}


def test_a_source_gets_points_in_the_place_of_scribbles():
    source = synthetic("points_test", num_images=2, size=48)
    points = {name: np.array([[20, 9.0, i]]) for i, name in enumerate(source.ids)}
    clicked = with_points(source, points | {"unused": np.array([[1, 1, 99]])})
    for label, name in enumerate(source.ids):
        scribble = clicked.read(name).scribble
        assert scribble[20, 9] == label and (scribble != 255).sum() == 29
        np.testing.assert_array_equal(clicked.read(name).scribble, scribble)


def test_points_must_fit_the_source():
    source = synthetic("points_test", num_images=2, size=48)
    first = {source.ids[0]: np.array([[1, 1, 1]])}
    with pytest.raises(DataError, match=f"1 of 2 .* no points: {source.ids[1]}$"):
        with_points(source, first)
    with pytest.raises(DataError, match="of class 4, and 'synthetic' has"):
        with_points(source, first | {source.ids[1]: np.array([[1, 1, 4]])})
