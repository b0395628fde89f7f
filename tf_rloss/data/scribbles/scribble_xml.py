"""Reads the scribbles of ScribbleSup, an XML file of polylines for each image."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_rloss.data.scribbles.strokes import CLICK_DIAMETER, line_pixels, middle_part
from tf_rloss.data.source import DataError
from tf_rloss.data.xml_text import parse_xml
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES

WIDTH = 3
"""Width of the strokes in pixels."""

_SHORT_NAMES = {
    "plane": "aeroplane",
    "bike": "bicycle",
    "table": "diningtable",
    "plant": "pottedplant",
    "monitor": "tvmonitor",
}
_MOST_BYTES = 1 << 24
_LARGEST_SIDE = 1 << 14
_MOST_PIXELS = 1 << 25


class Polyline(NamedTuple):
    """One scribble."""

    label: int
    """Its class."""
    points: np.ndarray
    """float (L, 2), row and column of its corners; the first pixel is (0, 0)."""


def read_scribble_xml(path: str | Path, length_ratio: float = 1.0) -> np.ndarray:
    """Reads an XML file of ScribbleSup and draws its scribbles.

    Lines are 3 pixels wide, and later lines cover earlier ones.

    Args:
        path: the file. `<size>` holds `<width>` and `<height>`. Each scribble is a
            `<polygon>` of a `<tag>`, the name of its class in PASCAL VOC or the short
            one in ScribbleSup, and `<point>`s with `<X>` and `<Y>`, which count pixels
            from 1.
        length_ratio: share of each line to draw, around the middle of its arc length,
            from 1 (all of it) to 0 (a click, which is a disc of 6 pixels).

    Returns:
        uint8 (H, W), the class on the scribbles and 255 elsewhere.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file has another form or an unknown class; it names the file.
        ValueError: if `length_ratio` is out of range.

    Reference: Lin et al., ScribbleSup, CVPR 2016.
    """
    if not 0.0 <= length_ratio <= 1.0:
        raise ValueError(
            "`length_ratio` must be from 0 (a click) to 1 (the whole scribble). "
            f"Received: length_ratio={length_ratio}"
        )
    shape, lines = parse_scribble_xml(path)
    diameter = CLICK_DIAMETER if length_ratio == 0.0 else WIDTH
    scribble = np.full(shape, IGNORE_LABEL, np.uint8)
    for label, points in lines:
        part = middle_part(points, length_ratio)
        scribble[line_pixels(part, diameter, shape)] = label
    return scribble


def parse_scribble_xml(path: str | Path) -> tuple[tuple[int, int], list[Polyline]]:
    """Returns the (height, width) of the image, and its scribbles in order.

    Scribbles without points are left out.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file has another form or an unknown class; it names the file.
    """
    path = Path(path)
    with open(path, "rb") as file:
        text = file.read(_MOST_BYTES + 1)
    try:
        if len(text) > _MOST_BYTES:
            raise ValueError(f"is larger than {_MOST_BYTES >> 20} MiB")
        root = parse_xml(text)
        height, width = (_number(root, f"size/{side}") for side in ("height", "width"))
        for side in (height, width):
            if not 1 <= side <= _LARGEST_SIDE or side % 1:
                raise ValueError(f"has a <size> of {width:g} x {height:g} px")
        if height * width > _MOST_PIXELS:
            raise ValueError(
                f"has a <size> of {width:g} x {height:g} px, above the "
                f"{_MOST_PIXELS >> 20} million pixels that are drawn"
            )
        lines = [_polyline(polygon) for polygon in root.iter("polygon")]
    except ValueError as error:
        raise DataError(f"{path}: {error}.") from error
    return (int(height), int(width)), [line for line in lines if len(line.points)]


def _polyline(polygon):
    """Reads the scribble in a `<polygon>`."""
    name = (polygon.findtext("tag") or "").strip().lower()
    name = _SHORT_NAMES.get(name, name)
    if name not in VOC_CLASSES:
        known = ", ".join((*VOC_CLASSES, *_SHORT_NAMES))
        raise ValueError(f"has a scribble of class {name!r}, which is none of {known}")
    points = [(_number(p, "Y"), _number(p, "X")) for p in polygon.iter("point")]
    return Polyline(VOC_CLASSES.index(name), np.reshape(points, (-1, 2)) - 1.0)


def _number(parent, tag):
    """Reads the number in a child element."""
    text = parent.findtext(tag)
    try:
        number = float(text)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"needs a number in <{tag}>, and has {text!r}")
    return number
