"""Tests of which work of Label Studio counts: annotators, and PNG files of brushes."""

import numpy as np
import pytest

from tests.data.annotations.exports import (
    png,
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
