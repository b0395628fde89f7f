"""Tests of the regions in Label Studio's JSON files."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    brush_of,
    photo,
    rectangle,
    run,
    save,
)
from tests.data.annotations.label_studio_tasks import (
    annotation,
    brush,
    imported,
    result,
    task,
)
from tf_rloss import data


def test_brushes_become_strokes_where_alpha_is_above_zero(tmp_path):
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[3:9, 4:20] = np.random.default_rng(0).integers(0, 256, (6, 16))
    found = imported(tmp_path, task(annotation(brush(alpha))))
    assert found.classes == ["background", "cat"]
    np.testing.assert_array_equal(found.scribble("a"), np.where(alpha > 0, 1, 255))
    assert not (found.root / "labels").exists()
    assert "(label_studio)" in found.summary


def test_the_prefix_of_an_upload_is_stripped_and_its_file_found(tmp_path):
    save(tmp_path, "export.json", [task(annotation(brush(rectangle(1, 1, 3, 3))))])
    path = photo(tmp_path, "0123abcd-a.jpg")
    photo(tmp_path, "other/a.jpg", 9, 9)
    found = run(tmp_path)
    assert (found.root / "images" / "a.jpg").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/some%20dir/b.png?token=1",
        "s3://bucket/some dir/b.png",
        "/data/local-files/?d=some dir/b.png",
        ["https://example.org/b.png"],
    ],
)
def test_images_in_storage_are_found_by_the_end_of_their_address(tmp_path, address):
    photo(tmp_path, "b.png")
    content = task(annotation(brush(rectangle(1, 1, 3, 3))), image=address)
    del content["file_upload"]
    save(tmp_path, "export.json", [content])
    assert (run(tmp_path).root / "images" / "b.png").exists()


def test_percent_become_pixels(tmp_path):
    points = [[10, 10], [50, 10], [50, 60], [10, 60]]
    found = imported(
        tmp_path,
        task(
            annotation(
                result("polygonlabels", {"points": points, "closed": True}),
                result("keypointlabels", {"x": 90.0, "y": 25.0, "width": 0.2}, ["dog"]),
            )
        ),
    )
    expected = np.where(rectangle(2, 3, 12, 15), 1, 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    # 90 % of 30 and 25 % of 20, from the centre of the first pixel
    assert found.points == {"a": [{"x": 26.5, "y": 4.5, "cls": 2}]}
    assert found.scribble("a")[5, 27] == 2


def test_what_lies_outside_of_a_box_is_background(tmp_path):
    value = {"x": 10, "y": 20, "width": 40, "height": 50, "rotation": 0}
    found = imported(tmp_path, task(annotation(result("rectanglelabels", value))))
    expected = np.where(rectangle(4, 3, 14, 15), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_rotation_is_in_pixels_around_the_corner_of_a_box(tmp_path):
    # 20 x 5 px, turned by 90 degrees clockwise around (15, 0): x 10..15, y 0..20
    value = {"x": 50, "y": 0, "width": 200 / 3, "height": 25, "rotation": 90}
    found = imported(tmp_path, task(annotation(result("rectanglelabels", value))))
    expected = np.where(rectangle(0, 10, 20, 15), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_x_and_y_of_an_ellipse_are_its_centre(tmp_path):
    value = {"x": 50, "y": 50, "radiusX": 20, "radiusY": 25, "rotation": 0}
    found = imported(tmp_path, task(annotation(result("ellipselabels", value))))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = ((x - 15) / 6) ** 2 + ((y - 10) / 5) ** 2 <= 1
    np.testing.assert_array_equal(found.labels("a"), np.where(inside, 1, 255))


@pytest.mark.parametrize("tool", ["brush", "magicwand"])
def test_split_results_are_joined_by_their_id_and_painted_once(tmp_path, tool):
    mask = rectangle(1, 2, 5, 9)
    value = {"format": "rle", "rle": brush_of(mask)}
    geometry = result(tool, value) | {"type": tool}
    geometry["value"] = value
    found = imported(tmp_path, task(annotation(geometry, result("labels", value))))
    np.testing.assert_array_equal(found.scribble("a"), np.where(mask, 1, 255))
    assert "shapes: 1 brush" in found.summary


def test_results_without_geometry_are_no_shapes(tmp_path):
    others = [
        {"type": "choices", "value": {"choices": ["night"]}, "from_name": "c"},
        {"type": "relation", "from_id": "a", "to_id": "b"},
    ]
    found = imported(tmp_path, task(annotation(brush(rectangle(0, 0, 2, 2)), *others)))
    assert "2 x labels of whole images" in found.summary


@pytest.mark.parametrize(
    ("names", "note"),
    [((), "without a class"), (("cat", "dog"), "of several classes")],
)
def test_missing_and_several_classes_are_reported(tmp_path, names, note):
    good = brush(rectangle(0, 0, 2, 2))
    other = brush(rectangle(5, 5, 9, 9), names)
    found = imported(tmp_path, task(annotation(good, other)))
    assert note in found.summary
    assert (found.scribble("a") != 255).sum() == 4


def test_pixels_of_two_classes_get_no_label(tmp_path):
    first, second = rectangle(2, 2, 8, 8), rectangle(5, 5, 10, 12)
    found = imported(tmp_path, task(annotation(brush(first), brush(second, ["dog"]))))
    expected = np.select([first & second, first, second], [255, 1, 2], 255)
    np.testing.assert_array_equal(found.scribble("a"), expected)
    assert "a.jpg, strokes: 9 px" in found.summary


def test_an_image_of_another_size_is_refused(tmp_path):
    photo(tmp_path, "a.jpg", HEIGHT, WIDTH + 1)
    with pytest.raises(data.DataError, match="31 x 20 px, in the file 30 x 20 px"):
        imported(
            tmp_path, task(annotation(brush(rectangle(0, 0, 2, 2)))), with_photo=False
        )


def test_without_a_photograph_the_size_is_that_of_the_file(tmp_path):
    content = task(annotation(brush(rectangle(0, 0, 2, 2))))
    found = imported(tmp_path, content, with_photo=False)
    assert found.scribble("a").shape == (HEIGHT, WIDTH)
    assert "a.jpg: 30 x 20 px" in found.summary
    assert not [*(found.root / "images").iterdir()]


def test_without_a_size_in_the_file_it_is_that_of_the_photograph(tmp_path):
    old = result("keypointlabels", {"x": 50, "y": 50})
    del old["original_width"], old["original_height"]
    content = task(annotation(old))
    content["completions"] = content.pop("annotations")
    found = imported(tmp_path, content)
    assert found.points["a"] == [{"x": 14.5, "y": 9.5, "cls": 1}]
    (tmp_path / "in" / "a.jpg").unlink()
    with pytest.raises(data.DataError, match="size is unknown"):
        data.import_annotations(tmp_path / "in", tmp_path / "other")


def test_a_single_task_in_an_object_is_read(tmp_path):
    save(tmp_path, "1.json", task(annotation(brush(rectangle(0, 0, 2, 2)))))
    assert (run(tmp_path, path="1.json").scribble("a") == 1).sum() == 4


def test_brushes_of_the_oldest_versions_are_refused(tmp_path):
    old = result("brushlabels", {"points": [1, 2, 3, 4], "eraserpoints": []})
    with pytest.raises(data.DataError, match="brush of an old version"):
        imported(tmp_path, task(annotation(old)))


def test_regions_on_a_turned_image_are_refused(tmp_path):
    turned = brush(rectangle(0, 0, 2, 2), image_rotation=90)
    with pytest.raises(data.DataError, match="turned by 90 degrees"):
        imported(tmp_path, task(annotation(turned)))


def test_json_min_is_refused_with_advice(tmp_path):
    with pytest.raises(data.DataError, match="not JSON-MIN"):
        imported(tmp_path, {"id": 1, "image": "a.jpg"}, format="label_studio")


def test_the_configuration_gives_order_and_colours(tmp_path):
    save(
        tmp_path,
        "config.xml",
        '<View><BrushLabels name="tag"><Label value="dog" background="#00ff7f"/>'
        '<Label value="cat"/></BrushLabels></View>',
    )
    found = imported(tmp_path, task(annotation(brush(rectangle(0, 0, 2, 2)))))
    assert found.classes == ["background", "dog", "cat"]
    assert found.colors[1] == (0, 255, 127)
    assert found.scribble("a")[0, 0] == 2
