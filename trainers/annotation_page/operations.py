"""Strokes as the page sends them, and how they become pixels."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tf_rloss.labels import IGNORE_LABEL

MOST_OPERATIONS = 5_000
MOST_NUMBERS = 500_000
LARGEST_WIDTH = 2_000
LARGEST_COORDINATE = 1e5
_PIECE = 64.0  # pixels


@dataclasses.dataclass(frozen=True)
class Stroke:
    """A line drawn with a round brush.

    Attributes:
        label: class of its pixels; 255 erases.
        width: diameter of the brush in pixels.
        points: x and y in pixels, from the image's upper left corner, in turn.
    """

    label: int
    width: float
    points: tuple[float, ...]

    def paint(self, labels: np.ndarray) -> np.ndarray:
        """Returns the labels (H, W) with the stroke on them.

        It covers the pixels whose centre is at most half a width away from the line,
        and one pixel at least.
        """
        labels, radius = labels.copy(), max(self.width, math.sqrt(2.0)) / 2.0
        corners = np.reshape(self.points, (-1, 2))
        for start, end in zip(corners, [*corners[1:], corners[-1]], strict=True):
            # Short pieces lie in small boxes, however the line runs.
            count = math.ceil(np.hypot(*(end - start)) / (_PIECE + 2 * self.width))
            ends = np.linspace(start, end, max(1, count) + 1)
            for piece in itertools.pairwise(ends):
                _paint_piece(labels, *piece, radius, self.label)
        return labels


def _paint_piece(
    labels: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float, label: int
) -> None:
    """Labels the pixels (H, W) near a straight line from `start` to `end`, (x, y)."""
    low = np.maximum(np.floor(np.minimum(start, end) - radius), 0).astype(int)
    high = np.ceil(np.maximum(start, end) + radius).astype(int)
    part = labels[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    y = np.arange(part.shape[0])[:, None] + (low[1] + 0.5 - start[1])
    x = np.arange(part.shape[1])[None, :] + (low[0] + 0.5 - start[0])
    dx, dy = end - start
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
    distance = (x - along * dx) ** 2 + (y - along * dy) ** 2
    part[distance <= radius * radius] = label


@dataclasses.dataclass(frozen=True)
class Outside:
    """Gives a class to every pixel outside a box that has no label yet.

    Attributes:
        label: the class.
        box: left, top, right and bottom in pixels.
    """

    label: int
    box: tuple[float, float, float, float]

    def paint(self, labels: np.ndarray) -> np.ndarray:
        """Returns the labels (H, W) with the class around the box."""
        left, top, right, bottom = (max(0, round(number)) for number in self.box)
        free = labels == IGNORE_LABEL
        free[top:bottom, left:right] = False
        return np.where(free, np.uint8(self.label), labels)


Operation = Stroke | Outside


def parse(value: Any, num_classes: int) -> tuple[Operation, ...]:
    """Reads operations from the JSON of the page.

    Args:
        value: list of {"kind": "stroke", "label", "width", "points"} and {"kind":
            "outside", "label", "box"}.
        num_classes: labels must be below it; strokes can erase by 255.

    Raises:
        ValueError: if it has another form, or is too much.
    """
    if not isinstance(value, list) or len(value) > MOST_OPERATIONS:
        raise ValueError(f"operations must be a list of at most {MOST_OPERATIONS}")
    operations, count = [], 0
    for item in value:
        if not isinstance(item, dict):
            raise ValueError("an operation must be an object")
        kind, label = item.get("kind"), item.get("label")
        erases = kind == "stroke" and label == IGNORE_LABEL
        if type(label) is not int or not (0 <= label < num_classes or erases):
            raise ValueError(f"a label must be below {num_classes}")
        if kind == "stroke":
            points = _numbers(item.get("points"))
            width = _numbers([item.get("width")])[0]
            if not points or len(points) % 2 or not 0 < width <= LARGEST_WIDTH:
                raise ValueError("a stroke must have points, and a width in range")
            count += len(points)
            operations.append(Stroke(label, width, points))
        elif kind == "outside":
            box = _numbers(item.get("box"))
            if len(box) != 4 or box[0] >= box[2] or box[1] >= box[3]:
                raise ValueError("a box must be left, top, right, bottom")
            operations.append(Outside(label, box))
        else:
            raise ValueError("an operation must be a stroke or the outside of a box")
    if count > MOST_NUMBERS:
        raise ValueError(f"strokes must have at most {MOST_NUMBERS} coordinates")
    return tuple(operations)


def paint(labels: np.ndarray, operations: Sequence[Operation]) -> np.ndarray:
    """Applies operations one after the other.

    Args:
        labels: uint8 array (H, W), 255 = no label; left as it is.
        operations: strokes and boxes.

    Returns:
        uint8 array (H, W).
    """
    for operation in operations:
        labels = operation.paint(labels)
    return labels


def _numbers(value: Any) -> tuple[float, ...]:
    """Returns a list of numbers that pixels can have."""
    if not isinstance(value, list):
        raise ValueError("coordinates must be a list of numbers")
    for number in value:
        if (
            type(number) not in (int, float)
            or not math.isfinite(number)
            or abs(number) > LARGEST_COORDINATE
        ):
            raise ValueError("coordinates must be numbers of pixels")
    return tuple(map(float, value))
