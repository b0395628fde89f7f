"""Tests of COCO's files."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    HEIGHT,
    WIDTH,
    photo,
    rectangle,
    run,
    runs_of,
    save,
)
from tf_rloss import data


def compress(counts):
    """Returns the compressed string of counts, the plain way."""
    text = ""
    for place, count in enumerate(counts):
        number = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            group, number = number & 31, number >> 5
            more = number != (-1 if group & 16 else 0)
            text += chr(group + 32 * more + 48)
    return text


def rle(mask, compressed):
    counts = runs_of(mask, "F")
    size = [*mask.shape]
    return {"size": size, "counts": compress(counts) if compressed else counts}


def annotation(category=9, **other):
    return {"id": 1, "image_id": 42, "category_id": category, "iscrowd": 0, **other}


def content(*annotations, name="dir/a.png"):
    return {
        "images": [{"id": 42, "file_name": name, "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 90, "name": "dog"}, {"id": 9, "name": "cat"}],
        "annotations": list(annotations),
    }


def imported(tmp_path, *annotations, **options):
    photo(tmp_path, "images/a.png")
    save(tmp_path, "annotations/instances.json", content(*annotations))
    return run(tmp_path, **options)


def test_parts_of_a_polygon_are_united_and_categories_keep_their_order(tmp_path):
    parts = [[2, 2, 9, 2, 9, 8, 2, 8], [7, 5, 15, 5, 15, 12, 7, 12]]
    found = imported(tmp_path, annotation(segmentation=parts, bbox=[0, 0, 1, 1]))
    mask = rectangle(2, 2, 8, 9) | rectangle(5, 7, 12, 15)
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 2, 255))
    assert found.classes == ["background", "dog", "cat"]
    assert not (found.root / "scribbles").exists()  # the box adds nothing


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("crowd", [0, 1])
def test_both_kinds_of_rle_follow_columns(tmp_path, compressed, crowd):
    mask = np.random.default_rng(0).random((HEIGHT, WIDTH)) < 0.3
    found = imported(
        tmp_path, annotation(segmentation=rle(mask, compressed), iscrowd=crowd)
    )
    np.testing.assert_array_equal(found.labels("a"), np.where(mask, 2, 255))


def test_visible_keypoints_are_clicks(tmp_path):
    keypoints = [4, 5, 2, 0, 0, 0, 9, 9, 1, 12.5, 3.5, 2]
    found = imported(tmp_path, annotation(keypoints=keypoints, bbox=[1, 1, 9, 9]))
    assert found.points["a"] == [
        {"x": 3.5, "y": 4.5, "cls": 2},
        {"x": 12.0, "y": 3.0, "cls": 2},
    ]
    assert "2 x points that are hidden or not set" in found.summary


def test_a_box_counts_where_there_is_nothing_else(tmp_path):
    found = imported(tmp_path, annotation(segmentation=[], bbox=[5, 3, 10, 8]))
    expected = np.where(rectangle(3, 5, 11, 15), 255, 0)
    np.testing.assert_array_equal(found.scribble("a"), expected)


def test_pixels_of_two_categories_get_no_label(tmp_path):
    first, second = rectangle(2, 2, 8, 8), rectangle(5, 5, 10, 12)
    found = imported(
        tmp_path,
        annotation(segmentation=rle(first, True)),
        annotation(90, segmentation=rle(second, True)),
    )
    expected = np.select([first & second, first, second], [255, 2, 1], 255)
    np.testing.assert_array_equal(found.labels("a"), expected)
    assert "which get no label" in found.summary


def test_category_zero_called_background_is_number_zero(tmp_path):
    entry = content(annotation(0, segmentation=rle(rectangle(0, 0, 2, 2), False)))
    entry["categories"].append({"id": 0, "name": "_background_"})
    save(tmp_path, "a.json", entry)
    found = run(tmp_path)
    assert found.classes == ["_background_", "dog", "cat"]
    assert (found.labels("a") == 0).sum() == 4


def test_results_name_categories_by_their_number(tmp_path):
    masks = rectangle(2, 2, 8, 8), rectangle(9, 9, 12, 12)
    entries = [
        annotation(number, segmentation=rle(mask, True), score=0.5)
        for number, mask in zip((18, 2), masks, strict=True)
    ]
    save(tmp_path, "results.json", entries)
    photo(tmp_path, "COCO_val2014_000000000042.jpg")
    found = run(tmp_path)
    assert found.classes == ["background", "2", "18"]
    assert (found.root / "images" / "42.jpg").exists()
    assert (found.labels("42") == 2).sum() == 36
    assert "--classes=dog=18" in found.summary
    renamed = data.import_annotations(
        tmp_path / "in", tmp_path / "other", classes=["dog=18"]
    )
    assert "1 dog: 0, 36" in renamed and "does not name" in renamed


@pytest.mark.parametrize("image", ["a.png", {"file_name": "a.png", "image_id": 3}])
def test_masks_without_categories_are_of_one_class(tmp_path, image):
    segmentation = rle(rectangle(2, 2, 8, 8), True)
    entry = {"image": image, "annotations": [{"segmentation": segmentation}]}
    save(tmp_path, "sa_1.json", [entry])
    found = run(tmp_path)
    assert found.classes == ["background", "object"]
    assert (found.labels("a") == 1).sum() == 36
    assert "all shapes are of the class object" in found.summary


@pytest.mark.parametrize(
    ("bad", "note"),
    [
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "0"}}, "an RLE of 0"),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, "9 x 9 px in an image"),
        ({"segmentation": {"size": [1 << 16, 1 << 16], "counts": []}}, "million"),
        ({"segmentation": {"counts": [1]}}, "without its size"),
        ({"segmentation": [[1, 2, 3]]}, "odd number"),
        ({"segmentation": [[1, 2, 3, 4]]}, "needs 3 points"),
        ({"segmentation": ["1,2,3"]}, "in place of a list"),
        ({"segmentation": [[1, 2, float("nan"), 4, 5, 6]]}, "'nan' as a coordinate"),
        ({"bbox": [1, 2, -3, 4]}, "box of -3 x 4 px"),
        ({"bbox": "1234"}, "in place of a list"),
        ({"keypoints": [1, 2]}, "not as expected"),
        ({"image_id": 5}, "image 5, which is absent"),
        ({"image_id": [5]}, "not as expected"),
    ],
)
def test_a_faulty_annotation_is_named_and_the_others_stay(tmp_path, bad, note):
    good = annotation(segmentation=rle(rectangle(0, 0, 2, 2), True))
    found = imported(tmp_path, annotation(**bad), good)
    assert note in found.summary
    assert (found.labels("a") == 2).sum() == 4


@pytest.mark.parametrize("entry", [7, "text", None, [], {"image_id": 1}])
def test_annotations_of_wrong_types_are_reported(tmp_path, entry):
    good = annotation(segmentation=rle(rectangle(0, 0, 2, 2), True))
    found = imported(tmp_path, entry, good)
    assert "1 x entries of images, tasks or classes cannot be read" in found.summary
