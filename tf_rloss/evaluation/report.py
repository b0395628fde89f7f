"""Reports the numbers of a confusion matrix as a table and as plain data."""

import math
from collections.abc import Sequence

from tf_rloss.checks import check_class_names
from tf_rloss.evaluation.confusion import ConfusionMatrix


def summarize(confusion: ConfusionMatrix, class_names: Sequence[str]) -> dict:
    """Returns the metrics as data that JSON can hold.

    Args:
        confusion: counts of K classes.
        class_names: K names.

    Returns:
        `{"mean_iou": float, "pixel_accuracy": float, "iou": {name: float},
        "pixels": int}`; None in place of a number that does not exist, such as the
        IoU of a class that occurs nowhere.

    Raises:
        ValueError: if there are not K names, or a name occurs twice.
    """
    check_class_names(class_names, confusion.num_classes)
    return {
        "mean_iou": _number(confusion.mean_iou),
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "iou": {
            name: _number(value)
            for name, value in zip(class_names, confusion.iou, strict=True)
        },
        "pixels": int(confusion.matrix.sum()),
    }


def table_rows(
    confusion: ConfusionMatrix, class_names: Sequence[str]
) -> list[dict[str, object]]:
    """Returns one row a class: name, IoU, accuracy, and its share of the truth.

    Args:
        confusion: counts of K classes.
        class_names: K names.

    Returns:
        K dicts with keys `class`, `iou`, `accuracy` (right pixels of the class /
        its true pixels) and `pixel_share` (its true pixels / all); None where
        there is no number.
    """
    check_class_names(class_names, confusion.num_classes)
    truth = confusion.matrix.sum(axis=1)
    total = max(int(truth.sum()), 1)
    return [
        {
            "class": name,
            "iou": _number(confusion.iou[i]),
            "accuracy": float(confusion.matrix[i, i] / truth[i]) if truth[i] else None,
            "pixel_share": float(truth[i] / total),
        }
        for i, name in enumerate(class_names)
    ]


def format_table(confusion: ConfusionMatrix, class_names: Sequence[str]) -> str:
    """Returns the table of `table_rows` with the means, as aligned text."""
    rows = table_rows(confusion, class_names)
    width = max(len("pixel accuracy"), *(len(row["class"]) for row in rows))
    lines = [f"{'class':<{width}}  {'IoU':>6}  {'accuracy':>8}  {'pixels':>7}"]
    for row in rows:
        lines.append(
            f"{row['class']:<{width}}  {_text(row['iou']):>6}  "
            f"{_text(row['accuracy']):>8}  {100 * row['pixel_share']:>6.2f}%"
        )
    lines.append("-" * len(lines[0]))
    mean_iou, accuracy = _number(confusion.mean_iou), _number(confusion.pixel_accuracy)
    lines.append(f"{'mean IoU':<{width}}  {_text(mean_iou):>6}")
    lines.append(f"{'pixel accuracy':<{width}}  {_text(accuracy):>6}")
    absent = sum(row["iou"] is None for row in rows)
    if absent:
        lines.append(
            f"n/a: {absent} of {len(rows)} classes occur neither in the truth nor "
            "in a prediction; the mean leaves them out"
        )
    return "\n".join(lines)


def _number(value: float) -> float | None:
    """Returns None for NaN, which JSON cannot express."""
    return None if math.isnan(value) else float(value)


def _text(value: float | None) -> str:
    """Returns three digits, or n/a."""
    return "n/a" if value is None else f"{value:.3f}"
