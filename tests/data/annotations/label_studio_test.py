"""Tests of Label Studio's exports."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    brush_of,
    photo,
    png,
    rectangle,
    run,
    save,
)
from tf_rloss import data


def result(kind, value, names=("cat",), **other):
    """Returns a region in the joined form, such as `brushlabels`."""
    sizes = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0}
    value = {**value, kind: list(names)}
    return {
        "id": "r",
        "type": kind,
        "from_name": "tag",
        "value": value,
        **sizes,
        **other,
    }


def brush(mask, names=("cat",), **other):
    return result(
        "brushlabels", {"format": "rle", "rle": brush_of(mask)}, names, **other
    )


def annotation(*results, who=1, **other):
    return {"id": 5, "completed_by": who, "result": list(results), **other}


def task(*annotations, image="/data/upload/1/0123abcd-a.jpg", **other):
    content = {"id": 7, "data": {"image": image}, "annotations": list(annotations)}
    return {
        "file_upload": "0123abcd-a.jpg",
        "predictions": [],
        "drafts": [],
        **content,
    } | other


def imported(tmp_path, *tasks, with_photo=True, **options):
    save(tmp_path, "export.json", list(tasks))
    if with_photo:
        photo(tmp_path, "a.jpg")
    return run(tmp_path, **options)


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


def test_predictions_drafts_and_cancelled_work_are_not_mixed_in(tmp_path):
    good = annotation(brush(rectangle(0, 0, 2, 2)))
    wrong = brush(rectangle(5, 5, 9, 9))
    found = imported(
        tmp_path,
        task(
            annotation(wrong, was_cancelled=True),
            good,
            predictions=[{"result": [wrong]}],
            drafts=[{"result": [wrong]}],
        ),
    )
    assert (found.scribble("a") != 255).sum() == 4
    for note in ("predictions of", "drafts are not", "annotations that were cancelled"):
        assert f"1 x {note}" in found.summary


def two_annotators(**other):
    return task(
        annotation(brush(rectangle(0, 0, 2, 2)), who=3, updated_at="2024-01-01"),
        annotation(
            brush(rectangle(5, 5, 9, 9)),
            who={"id": 4, "email": "b@example.org"},
            updated_at="2024-02-01",
            **other,
        ),
    )


def test_several_annotators_are_alternatives_of_which_one_must_be_chosen(tmp_path):
    with pytest.raises(
        data.DataError, match=r"several annotators.*--annotator"
    ) as error:
        imported(tmp_path, two_annotators())
    assert "a.jpg: 3, 4, b@example.org" in str(error.value)


@pytest.mark.parametrize(
    ("annotator", "pixels"),
    [("3", 4), ("4", 16), ("b@example.org", 16), ("newest", 16)],
)
def test_one_of_several_annotators_is_taken(tmp_path, annotator, pixels):
    found = imported(tmp_path, two_annotators(), annotator=annotator)
    assert (found.scribble("a") != 255).sum() == pixels
    assert "1 x annotations of other annotators are not used" in found.summary


def test_the_ground_truth_counts_among_several(tmp_path):
    found = imported(tmp_path, two_annotators(ground_truth=True))
    assert (found.scribble("a") != 255).sum() == 16


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


def brush_export(tmp_path, names):
    for number, (name, top) in enumerate(names.items()):
        alpha = rectangle(top, 0, top + 2, 4).astype(np.uint8) * 64
        path = f"task-7-annotation-5-by-{name}-{number}.png"
        save(tmp_path, path, png(alpha))


def test_png_export_needs_the_json_for_the_image_and_odd_names(tmp_path):
    brush_export(tmp_path, {"me-at-x-my-tag-big-cat": 0, "me-at-x-my-tag-dog": 6})
    results = [
        brush(rectangle(0, 0, 9, 9), [name], from_name="my-tag")
        for name in ("big-cat", "dog")
    ]
    point = result("keypointlabels", {"x": 90, "y": 90}, ["dog"])
    found = imported(tmp_path, task(annotation(*results, point)))
    assert found.classes == ["background", "dog", "big-cat"]
    # The regions come from the PNG files, the keypoint from the JSON file.
    labels = found.scribble("a")
    assert (labels[:2, :4] == 2).all() and (labels[6:8, :4] == 1).all()
    assert (labels == 2).sum() == 8 and len(found.points["a"]) == 1


def test_png_export_without_json_is_named_by_the_task(tmp_path):
    brush_export(tmp_path, {"1-tag-cat": 0})
    found = run(tmp_path)
    assert found.classes == ["background", "cat"]
    assert (found.scribble("task-7") == 1).sum() == 8


def test_png_of_a_cancelled_annotation_is_not_used(tmp_path):
    brush_export(tmp_path, {"1-tag-cat": 0})
    other = annotation(brush(rectangle(9, 9, 12, 12)))
    cancelled = annotation(was_cancelled=True)
    found = imported(tmp_path, task(cancelled, other | {"id": 6}))
    assert (found.scribble("a") == 1).sum() == 9
