"""Reads label layers of napari and ImageJ (TIFF), and napari's tables (CSV)."""

import csv
import io
from collections import defaultdict
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from tf_rloss.data.annotations import geometry, notes
from tf_rloss.data.annotations.documents import find_files, read_text
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.label_images import LabelImage, count_codes, gather
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Shape
from tf_rloss.data.annotations.values import (
    MOST_PIXELS,
    class_names,
    number,
    numbers,
)
from tf_rloss.data.source import DataError

_TIFF = (".tif", ".tiff")
_ELLIPSE_OF_TURNED_BOX = "has an ellipse in a box of other than four corners"


def read(inputs: Inputs) -> Annotations:
    """Reads TIFF files as strokes; CSV files as clicks, lines and polygons.

    Further axes of a TIFF, z or time, give one image for each slice that has labels.
    """
    layers = find_files(inputs.path, _TIFF)
    tables = find_files(inputs.path, [".csv"])
    inputs.photographs.exclude(layers)
    found = []
    for file in layers:
        with inputs.report.faults(str(file), notes.DAMAGED_FILES):
            found += _slices(file)
    if tables and found:
        raise DataError(
            f"{inputs.path}: has label layers and tables. Import the TIFF files and "
            "the CSV files one after the other."
        )
    if tables:
        return _read_tables(tables, inputs)
    return gather(found, inputs)


def _slices(file: Path) -> list[LabelImage]:
    """Returns the planes of a TIFF."""
    array = _read_tiff(file)
    height, width = array.shape[-2:]
    planes = array.reshape(-1, height, width)
    found = []
    for place in range(len(planes)):
        counts = count_codes(planes[place])
        if len(planes) > 1 and len(counts) == 1:
            continue  # a slice without strokes
        name = file.stem if len(planes) == 1 else f"{file.stem}_{place:03d}"
        decode = partial(_plane, file, place)
        found.append(LabelImage(name, decode, (height, width), counts))
    return found


def _plane(file: Path, place: int) -> np.ndarray:
    array = _read_tiff(file)
    return array.reshape(-1, *array.shape[-2:])[place]


def _read_tiff(file: Path) -> np.ndarray:
    """Returns the whole numbers in a TIFF, int64 (..., H, W)."""
    return _read_tiff_at(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=1)  # The classes of a file are drawn one after the other.
def _read_tiff_at(file: Path, changed: int) -> np.ndarray:
    try:
        with tifffile.TiffFile(file) as opened:
            series = opened.series[0]
            _check_shape(series.shape)
            array = series.asarray()
    except ShapeError:
        raise
    except Exception as first:
        try:  # Pillow knows compressions that tifffile needs another package for.
            with Image.open(file, formats=["TIFF"]) as picture:
                _check_shape(picture.size)
                array = np.asarray(picture)
        except Exception:
            raise ShapeError(f"cannot be read ({first!s:.120})") from first
    if array.ndim < 2 or (array.ndim == 3 and array.shape[-1] in (3, 4)):
        raise ShapeError(
            "is a picture in colours; a label layer has one number a pixel"
        )
    return whole_numbers(array)


def _check_shape(shape) -> None:
    if not 0 < np.prod(shape, dtype=float) <= MOST_PIXELS:
        raise ShapeError(
            f"has the size {shape}; at most {MOST_PIXELS >> 20} Mpx are read"
        )


def whole_numbers(array: np.ndarray) -> np.ndarray:
    """Returns an array as int64.

    Raises:
        ShapeError: if it has values that are no whole numbers.
    """
    if array.dtype.kind == "f":
        if not (np.isfinite(array).all() and (array == np.rint(array)).all()):
            raise ShapeError("has values that are no whole numbers, so no classes")
    elif array.dtype.kind not in "iub":
        raise ShapeError(f"has values of type {array.dtype}")
    return array.astype(np.int64)


def _read_tables(files: list[Path], inputs: Inputs) -> Annotations:
    """Returns the shapes and points in CSV files, one an image."""
    images = []
    for file in files:
        image = AnnotatedImage(file.stem)
        with inputs.report.faults(str(file), notes.DAMAGED_FILES):
            rows = [*csv.DictReader(io.StringIO(read_text(file)))]
            if rows and "shape-type" in rows[0]:
                image.shapes += _read_shapes(rows, image.name, inputs)
            else:
                image.shapes += _read_points(rows, image.name, inputs)
        images.append(image)
    return Annotations(images, {}, later_on_top=True)


def _read_points(rows: list[dict], name: str, inputs: Inputs) -> list[Shape]:
    """Returns clicks, whose class is in a column beside the coordinates."""
    head = [key for key in (rows[0] if rows else {}) if key]
    others = [k for k in head if k != "index" and not k.startswith("axis-")]
    chosen = inputs.class_attribute
    if (chosen is None and len(others) > 1) or chosen not in (None, *others):
        raise DataError(
            f"{name}.csv: --class_attribute must name the column that holds the class. "
            f"Found: {', '.join(others) or 'none'}"
        )
    column = chosen or next(iter(others), None)
    found = []
    for place, row in enumerate(rows, 1):
        where = f"{name}, point {place}"
        with inputs.report.faults(where):
            names = class_names(row[column] or "") if column else ()
            found.append(
                Shape("click", names, geometry.Clicks(_place(row)[None]), where)
            )
    return found


def _place(row: dict) -> np.ndarray:
    """Returns x and y of a row; the last two axes are row and column of pixels."""
    axes = sorted(
        (key for key in row if key and key.startswith("axis-")),
        key=lambda key: number(key.removeprefix("axis-"), "an axis"),
    )
    y, x = numbers(row[axis] for axis in axes[-2:])
    # Whole numbers are the centres of pixels.
    return np.array([x, y]) + 0.5


def _read_shapes(rows: list[dict], name: str, inputs: Inputs) -> list[Shape]:
    """Returns polygons, ellipses and lines, which have no class."""
    corners = defaultdict(list)
    for place, row in enumerate(rows, 2):
        with inputs.report.faults(f"{name}, line {place}"):
            corners[row["index"], row["shape-type"]].append(_place(row))
    found = []
    for (index, kind), places in corners.items():
        where, points = f"{name}, shape {index} ({kind})", np.array(places)
        with inputs.report.faults(where):
            if kind in ("rectangle", "polygon"):
                if len(points) < 3:
                    raise ShapeError("needs 3 points or more")
                drawn = "box" if kind == "rectangle" else "outline"
                found.append(Shape(drawn, (), geometry.Polygon(points), where))
            elif kind == "ellipse":
                found.append(Shape("outline", (), _ellipse(points), where))
            elif kind in ("line", "path"):
                found.append(Shape("line", (), geometry.Line(points), where))
            else:
                inputs.report.add(notes.OTHER_KINDS, where)
    return found


def _ellipse(corners: np.ndarray) -> geometry.Ellipse:
    """Returns the ellipse in a rectangle of four corners."""
    if len(corners) != 4:
        raise ShapeError(_ELLIPSE_OF_TURNED_BOX)
    x, y = corners.mean(axis=0)
    side, other = corners[1] - corners[0], corners[2] - corners[1]
    radii = np.hypot(*side) / 2, np.hypot(*other) / 2
    return geometry.Ellipse(x, y, *radii, np.degrees(np.arctan2(side[1], side[0])))
