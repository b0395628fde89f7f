"""Reads QuPath's GeoJSON files, one an image."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files, read_json
from tf_rloss.data.annotations.geometry import (
    Clicks,
    Ellipse,
    Geometry,
    Line,
    Polygon,
    ShapeError,
)
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import (
    AnnotatedImage,
    Annotations,
    Color,
    Kind,
    Shape,
)
from tf_rloss.data.annotations.values import check_size, class_names, point_array

MACHINE_OUTPUT = "cells, detections and tiles are the output of QuPath and not used"
OTHER_PLANES = "shapes on other z-slices or time points are not used"
_MOST_TEXT = 10_000
_DEEPEST = 20


def read(inputs: Inputs) -> Annotations:
    """Reads polygons, lines, points and ellipses that people drew.

    A file and its image have the same name apart from the endings. The size of the
    image comes from `project.qpproj`, if it lies there, else from the photograph.
    QuPath does not say which of two annotations lies on top.
    """
    sizes = {}
    folder = inputs.path if inputs.path.is_dir() else inputs.path.parent
    for file in find_files(folder, [".qpproj"]):
        sizes |= _read_project(read_json(file), inputs)
    images: list[AnnotatedImage] = []
    classes: dict[str, Color | None] = {}
    for file in find_files(inputs.path, [".geojson", ".json"]):
        content = read_json(file)
        if not _is_geojson(content):
            inputs.report.add(notes.NOT_READ, f"{file}: is no GeoJSON")
            continue
        stem = _stem(file.name)
        name, size = sizes.get(stem, (stem, None))
        image = AnnotatedImage(name, size, photograph_names=(name, stem))
        for place, feature in enumerate(_features(content), 1):
            where = f"{file.name}, feature {place}"
            with inputs.report.faults(where):
                image.shapes += _read_feature(feature, where, classes, inputs)
        images.append(image)
    return Annotations(images, classes)


def _stem(name: str) -> str:
    """Returns a file's name without its endings: "a" for "a.ome.tif"."""
    stem = Path(name).stem
    return stem.removesuffix(".ome")


def _read_project(content: Any, inputs: Inputs) -> dict:
    """Returns the name and size of each image in a project, by the name's stem."""
    found = {}
    images = content.get("images") if isinstance(content, dict) else None
    for entry in images if isinstance(images, list) else []:
        with inputs.report.faults("project.qpproj: an image", notes.BROKEN_ENTRIES):
            about = entry["serverBuilder"]["metadata"]
            name = str(entry.get("imageName") or about["name"])
            found[_stem(name)] = name, check_size(about["height"], about["width"])
    return found


def _is_geojson(content: Any) -> bool:
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, dict) and str(first.get("type")).startswith("Feature")


def _features(content: Any) -> list:
    """Returns the features of a collection, a bare list, or a single one."""
    if isinstance(content, dict):
        features = content.get("features")
        return features if isinstance(features, list) else [content]
    return content if isinstance(content, list) else []


def _read_feature(
    feature: Any, where: str, classes: dict, inputs: Inputs
) -> list[Shape]:
    """Returns the shapes of a feature, and notes its class and colour."""
    properties = feature.get("properties") or {}
    kind = properties.get("objectType") or properties.get("object_type")
    kind = kind or str(feature.get("id") or "")
    machine = ("cell", "detection", "tile", "tma_core")
    older = ("PathCellObject", "PathDetectionObject", "PathTileObject")
    if kind in (*machine, *older):
        inputs.report.add(MACHINE_OUTPUT, where)
        return []
    geometry = feature["geometry"]
    plane = geometry.get("plane") or {}
    if plane.get("z") or plane.get("t"):
        inputs.report.add(OTHER_PLANES, where)
        return []
    names = _read_class(properties.get("classification"), classes)
    return [Shape(kind, names, shape, where) for kind, shape in _geometries(geometry)]


def _read_class(value: Any, classes: dict) -> tuple[str, ...]:
    """Returns the class of a feature, () if it has none."""
    if isinstance(value, str):
        value = _parse(value)
    if not isinstance(value, dict):
        return class_names(value or "")
    parts = value.get("name") or value.get("names") or ""
    if isinstance(parts, list):  # of a derived class, such as "Parent: Child"
        parts = ": ".join(map(str, parts))
    names = class_names(parts)
    for name in names:
        classes[name] = classes.get(name) or _color(value)
    return names


def _parse(text: str) -> Any:
    """Returns the value in a text that other programs wrote; else the text itself."""
    if not text.lstrip().startswith("{") or len(text) > _MOST_TEXT:
        return "" if text.strip().lower() in ("nan", "none", "null") else text
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _color(value: dict) -> Color | None:
    """Returns `color`, or `colorRGB` of older versions, a signed number."""
    color = value.get("color")
    parts = color[:3] if isinstance(color, list) else []
    if len(parts) == 3 and all(type(p) is int and 0 <= p <= 255 for p in parts):
        return parts[0], parts[1], parts[2]
    code = value.get("colorRGB")
    if type(code) is int:
        return code >> 16 & 255, code >> 8 & 255, code & 255
    return None


def _geometries(geometry: Any, depth: int = 0) -> Iterator[tuple[Kind, Geometry]]:
    """Yields the kinds and geometries in a geometry of GeoJSON."""
    name, places = str(geometry.get("type")), geometry.get("coordinates")
    parts = places if name.startswith("Multi") else [places]
    if geometry.get("isEllipse") and name == "Polygon":
        low, high = (f(point_array(places[0], 3), axis=0) for f in (np.min, np.max))
        (x, y), (radius_x, radius_y) = (low + high) / 2, (high - low) / 2
        yield "outline", Ellipse(x, y, radius_x, radius_y)
    elif name in ("Polygon", "MultiPolygon"):
        for rings in parts:
            yield "outline", _polygon(rings)
    elif name in ("Point", "MultiPoint"):
        yield "click", Clicks(point_array(parts, 1))
    elif name in ("LineString", "MultiLineString"):
        for points in parts:
            yield "line", Line(point_array(points, 2))
    elif name == "GeometryCollection" and depth < _DEEPEST:
        for part in geometry["geometries"]:
            yield from _geometries(part, depth + 1)
    else:
        raise ShapeError(f"is of the unknown type {name[:40]!r}")


def _polygon(rings: Any) -> Polygon:
    outer, *holes = (point_array(ring, 3) for ring in rings)
    return Polygon(outer, tuple(holes))
