"""Reads the JSON and CSV files of the VGG Image Annotator (VIA)."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.data.annotations import geometry, notes
from tf_rloss.data.annotations.documents import find_files, read_json, read_text
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Shape
from tf_rloss.data.annotations.values import class_names, number, numbers, point_array
from tf_rloss.data.source import DataError

_LARGEST_FIELD = 1 << 26


def read(inputs: Inputs) -> Annotations:
    """Reads regions of every shape, whose size of the image is the photograph's.

    Where there are JSON files, CSV files are taken to hold the same. VIA does not say
    which of two regions lies on top.
    """
    regions: dict[str, list] = {}
    files = find_files(inputs.path, [".json"])
    for file in files:
        for name, of_image in _read_json(file, inputs):
            regions.setdefault(name, []).extend(of_image)
    for file in find_files(inputs.path, [".csv"]):
        if files:
            inputs.report.add(notes.NOT_READ, f"{file}: is beside a JSON file")
            continue
        for name, of_image in _read_csv(file, inputs):
            regions.setdefault(name, []).extend(of_image)
    attribute = _class_attribute(regions, inputs)
    images = []
    for name, of_image in regions.items():
        image = AnnotatedImage(name)
        seen = set()
        for place, region in enumerate(of_image, 1):
            where = f"{name}, region {place}"
            key = json.dumps(region, sort_keys=True, default=str)
            if key in seen:
                inputs.report.add(notes.TWICE, where)
                continue
            seen.add(key)
            with inputs.report.faults(where):
                shape = _read_region(region, attribute, where, inputs)
                if shape is not None:
                    image.shapes.append(shape)
        images.append(image)
    return Annotations(images, {})


def _read_json(file: Path, inputs: Inputs) -> list[tuple[str, list]]:
    """Returns the name and the regions of each image in an export or a project."""
    content = read_json(file)
    if isinstance(content, dict) and "_via_img_metadata" in content:
        content = content["_via_img_metadata"]
    found = []
    for key, entry in content.items() if isinstance(content, dict) else ():
        with inputs.report.faults(
            f"{file.name}: image {key[:60]!r}", notes.BROKEN_ENTRIES
        ):
            regions = entry.get("regions") or []
            if isinstance(regions, dict):  # VIA 1
                regions = list(regions.values())
            if not isinstance(regions, list):
                raise ShapeError("has no list of regions")
            found.append((str(entry["filename"]), regions))
    if not found:
        inputs.report.add(notes.NOT_READ, f"{file}: names no image of VIA")
    return found


def _read_csv(file: Path, inputs: Inputs) -> list[tuple[str, list]]:
    """Returns the same of a CSV file, which has a line for each region."""
    csv.field_size_limit(_LARGEST_FIELD)
    found: dict[str, list] = {}
    try:
        for row in csv.DictReader(io.StringIO(read_text(file))):
            name = row.get("filename") or row.get("#filename")
            with inputs.report.faults(f"{file.name}: {name}", notes.BROKEN_ENTRIES):
                regions = found.setdefault(str(name), [])
                shape = json.loads(row["region_shape_attributes"])
                about = json.loads(row["region_attributes"])
                if shape:
                    regions.append(
                        {"shape_attributes": shape, "region_attributes": about}
                    )
    except (csv.Error, RecursionError) as error:
        raise DataError(f"{file}: is no CSV file of VIA ({error}).") from error
    return list(found.items())


def _class_attribute(regions: dict[str, list], inputs: Inputs) -> str | None:
    """Returns the attribute that holds the class.

    Raises:
        DataError: if the user has to choose, or has chosen one that is not there.
    """
    known: dict[str, None] = {}
    for region in (region for of_image in regions.values() for region in of_image):
        about = region.get("region_attributes") if isinstance(region, dict) else None
        known |= dict.fromkeys(about if isinstance(about, dict) else ())
    chosen = inputs.class_attribute
    listed = ", ".join(known) or "none"
    if chosen is not None and chosen not in known:
        raise DataError(f"--class_attribute={chosen} is no attribute. Found: {listed}")
    if chosen is None and len(known) > 1:
        raise DataError(
            "Regions have several attributes; --class_attribute must name the one that "
            f"holds the class. Found: {listed}"
        )
    return chosen or next(iter(known), None)


def _read_region(
    region: Any, attribute: str | None, where: str, inputs: Inputs
) -> Shape | None:
    """Returns a region, None if its shape is not known."""
    value = (region.get("region_attributes") or {}).get(attribute)
    if isinstance(value, dict):  # check boxes
        value = [name for name, ticked in value.items() if ticked is True]
    names = class_names(value or "")
    shape = region["shape_attributes"]
    kind = shape.get("name")
    where = f"{where} ({kind})"
    # Coordinates are whole pixels, whose centre is half a pixel further.
    if kind == "rect":
        sides = numbers(shape[key] for key in ("x", "y", "width", "height"))
        return Shape("box", names, geometry.box(*sides), where)
    if kind in ("circle", "ellipse"):
        x, y = numbers([shape["cx"], shape["cy"]])
        keys = ("r", "r") if kind == "circle" else ("rx", "ry")
        radii = numbers((shape[key] for key in keys), "a radius")
        if min(radii) <= 0:
            raise ShapeError("is an ellipse without area")
        degrees = math.degrees(number(shape.get("theta") or 0, "an angle"))
        ellipse = geometry.Ellipse(x + 0.5, y + 0.5, *radii, degrees)
        return Shape("outline", names, ellipse, where)
    if kind == "point":
        point = np.array([numbers([shape["cx"], shape["cy"]])])
        return Shape("click", names, geometry.Clicks(point + 0.5), where)
    if kind in ("polygon", "polyline"):
        xs, ys = shape["all_points_x"], shape["all_points_y"]
        if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
            raise ShapeError("has not as many x as y")
        points = point_array([*zip(xs, ys, strict=True)], 2)
        if kind == "polyline":
            return Shape("line", names, geometry.Line(points + 0.5), where)
        if len(points) < 3:
            raise ShapeError("is a polygon of two points")
        return Shape("outline", names, geometry.PixelPolygon(np.rint(points)), where)
    inputs.report.add(notes.OTHER_KINDS, where)
    return None
