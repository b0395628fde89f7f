import json

import numpy as np
import pytest

from tf_rloss.evaluation import ConfusionMatrix, format_table, summarize, table_rows


def _random_pair(seed, num_classes=4, size=(9, 7)):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, num_classes, size).astype(np.uint8)
    mask[rng.random(size) < 0.2] = 255
    return mask, rng.integers(0, num_classes, size).astype(np.uint8)


def _loop_iou(pairs, num_classes):
    """Counts pixel by pixel: intersection and union over all images."""
    ious = []
    for label in range(num_classes):
        intersection = union = 0
        for mask, label_map in pairs:
            for truth, predicted in zip(mask.ravel(), label_map.ravel(), strict=True):
                if truth == 255:
                    continue
                intersection += truth == label and predicted == label
                union += truth == label or predicted == label
        ious.append(intersection / union if union else np.nan)
    return np.array(ious)


def test_numbers_equal_a_loop_over_pixels():
    pairs = [_random_pair(seed) for seed in range(3)]
    confusion = ConfusionMatrix(5)  # Class 4 occurs nowhere.
    for mask, label_map in pairs:
        confusion.update(mask, label_map)
    expected = _loop_iou(pairs, 5)
    # Both are one division of the same two integers.
    np.testing.assert_array_equal(confusion.iou, expected)
    assert np.isnan(expected[4])
    assert confusion.mean_iou == pytest.approx(np.mean(expected[:4]), abs=1e-15)
    right = sum(((m == p) & (m != 255)).sum() for m, p in pairs)
    assert confusion.pixel_accuracy == right / sum((m != 255).sum() for m, p in pairs)


def test_rows_are_true_classes_and_columns_predictions():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0, 255]]), np.array([[1, 0, 2]]))
    np.testing.assert_array_equal(confusion.matrix, [[1, 1, 0], [0, 0, 0], [0, 0, 0]])


def test_one_matrix_over_the_set_is_not_the_mean_over_images():
    small, large = ConfusionMatrix(2), ConfusionMatrix(2)
    small.update(np.zeros((1, 1), int), np.ones((1, 1), int))
    large.update(np.zeros((9, 9), int), np.zeros((9, 9), int))
    total = ConfusionMatrix(2)
    total.merge(small)
    total.merge(large)
    assert total.iou[0] == 81 / 82


def test_class_in_predictions_only_counts_as_zero():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0]]), np.array([[0, 2]]))
    assert confusion.iou[0] == 0.5 and confusion.iou[2] == 0.0
    assert np.isnan(confusion.iou[1])
    assert confusion.mean_iou == 0.25


def test_nothing_labelled_gives_nan_without_a_warning():
    confusion = ConfusionMatrix(2)
    confusion.update(np.full((2, 2), 255), np.zeros((2, 2), int))
    assert np.isnan(confusion.iou).all()
    assert np.isnan(confusion.mean_iou) and np.isnan(confusion.pixel_accuracy)


def test_predictions_under_ignored_pixels_do_not_matter():
    mask, label_map = _random_pair(0)
    changed = np.where(mask == 255, 3 - label_map, label_map)
    first, second = ConfusionMatrix(4), ConfusionMatrix(4)
    first.update(mask, label_map)
    second.update(mask, changed)
    np.testing.assert_array_equal(first.matrix, second.matrix)


@pytest.mark.parametrize(
    "mask, label_map, message",
    [
        ([[0, 1]], [[0]], "shape of `mask`"),
        ([[0, 2]], [[0, 0]], r"`mask` must hold ids from 0 to 1, or 255.*from 0 to 2"),
        ([[0, -1]], [[0, 0]], "`mask`"),
        ([[0, 1]], [[0, 255]], r"`label_map` must hold ids from 0 to 1\. "),
    ],
)
def test_wrong_label_is_named_instead_of_counted(mask, label_map, message):
    confusion = ConfusionMatrix(2)
    with pytest.raises(ValueError, match=message):
        confusion.update(np.array(mask), np.array(label_map))
    assert confusion.matrix.sum() == 0


@pytest.mark.parametrize("num_classes", [0, 256])
def test_number_of_classes_must_fit_a_mask(num_classes):
    with pytest.raises(ValueError, match=f"num_classes={num_classes}"):
        ConfusionMatrix(num_classes)


def test_matrices_of_different_classes_do_not_merge():
    with pytest.raises(ValueError, match="must have 2 classes"):
        ConfusionMatrix(2).merge(ConfusionMatrix(3))


def _small():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 0, 1]]))
    return confusion


def test_summary_survives_json_with_none_for_absent_classes():
    summary = json.loads(json.dumps(summarize(_small(), ["a", "b", "c"])))
    assert summary["iou"] == {"a": pytest.approx(2 / 3), "b": 0.5, "c": None}
    assert summary["mean_iou"] == pytest.approx((2 / 3 + 0.5) / 2)
    assert summary["pixel_accuracy"] == 0.75 and summary["pixels"] == 4


def test_table_shows_absent_classes_as_not_available():
    rows = table_rows(_small(), ["a", "b", "c"])
    assert rows[1] == {"class": "b", "iou": 0.5, "accuracy": 0.5, "pixel_share": 0.5}
    assert rows[2]["iou"] is None and rows[2]["accuracy"] is None
    text = format_table(_small(), ["a", "b", "c"])
    assert "b                0.500     0.500   50.00%" in text
    assert "mean IoU         0.583" in text
    assert "1 of 3 classes occur neither" in text


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "b"]])
def test_names_must_be_one_for_each_class(names):
    with pytest.raises(ValueError, match="3 distinct names"):
        summarize(_small(), names)
