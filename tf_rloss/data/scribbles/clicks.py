"""Reads the clicks of What's the Point, a JSON file of points for all images."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tf_rloss.data.scribbles.simulation import with_drawn
from tf_rloss.data.scribbles.strokes import CLICK_DIAMETER, line_pixels
from tf_rloss.data.source import DataError, Source
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES


def read_points(
    path: str | Path,
    background_path: str | Path | None = None,
    *,
    num_classes: int = len(VOC_CLASSES),
) -> dict[str, np.ndarray]:
    """Reads the points that people clicked on in each image.

    Args:
        path: a JSON file `{image id: [{"x": ..., "y": ..., "cls": ...}, ...]}`. Other
            keys of a point are not used.
        background_path: a file of the same form with points on the background, which
            are put before those of `path`.
        num_classes: number of classes, with background.

    Returns:
        For each image id float64 (n, 3), row, column and class of the points. n can be
        0, and points can lie outside their image.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file has another form; it names the file and the image.
    """
    points = _read_file(path, num_classes)
    if background_path is None:
        return points
    behind = _read_file(background_path, num_classes)
    return {
        name: np.concatenate([behind.get(name, clicks[:0]), clicks])
        for name, clicks in points.items()
    }


def _read_file(path, num_classes):
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is not JSON ({error}).") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: must map image ids to lists of points.")
    points = {}
    for name, clicks in content.items():
        try:
            rows = [_read_point(click, num_classes) for click in clicks]
        except (TypeError, KeyError, ValueError, OverflowError) as error:
            raise DataError(
                f'{path}: image {name!r} must have a list of points like {{"x": 12.5, '
                f'"y": 80, "cls": 1}}, with classes 0 to {num_classes - 1}.'
            ) from error
        points[name] = np.array(rows, float).reshape(-1, 3)
    return points


def _read_point(click, num_classes):
    row, column, label = (click[key] for key in ("y", "x", "cls"))
    if isinstance(label, bool) or label not in range(num_classes):
        raise ValueError("has an unknown class")
    if not (math.isfinite(row) and math.isfinite(column)):
        raise ValueError("has no place")
    return row, column, label


def draw_points(
    points: np.ndarray, shape: tuple[int, int], diameter: float = CLICK_DIAMETER
) -> np.ndarray:
    """Draws a disc for every point, in order, so that later discs cover earlier ones.

    Args:
        points: (n, 3), row, column and class of each point.
        shape: (height, width) of the image; points outside it are not drawn.
        diameter: diameter of the discs, in pixels.

    Returns:
        uint8 (H, W), the class on the discs and 255 elsewhere.
    """
    scribble = np.full(shape, IGNORE_LABEL, np.uint8)
    for *place, label in points:
        if 0 <= round(place[0]) < shape[0] and 0 <= round(place[1]) < shape[1]:
            scribble[line_pixels([place], diameter, shape)] = label
    return scribble


def with_points(source: Source, points_by_id: Mapping[str, np.ndarray]) -> Source:
    """Returns a source of the same images with discs on points as scribbles.

    Args:
        source: the images; their own scribbles, if any, are replaced. Points are in
            pixels of the masks or, without masks, of the images.
        points_by_id: the points of every image of the source, from `read_points`.

    Raises:
        DataError: if an image has no entry, or a point of a class the source lacks.
    """
    source.check_has_all(points_by_id, "points")
    for name in source.ids:
        largest = points_by_id[name][:, 2].max(initial=0)
        source.check_class(largest, "points", name)

    def draw(name, example):
        shape = example.image.shape[:2] if example.mask is None else example.mask.shape
        return draw_points(points_by_id[name], shape)

    return with_drawn(source, draw)
