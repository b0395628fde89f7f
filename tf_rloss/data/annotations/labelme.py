"""Reads the JSON files of labelme, one an image."""

import math
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from tf_rloss.data.annotations import geometry, labelme_xml, notes
from tf_rloss.data.annotations.documents import (
    find_files,
    read_json,
    read_text,
    read_xml,
)
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Shape
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    from_base64,
    open_picture,
    picture_mask,
    point_array,
    upright_size,
)

EMBEDDED = "images cannot be read out of `imageData`"


def read(inputs: Inputs) -> Annotations:
    """Reads all shapes; later ones lie on top.

    Polygons cover what labelme's own label maps show. A file `labels.txt` gives the
    order of the classes.
    """
    files = find_files(inputs.path, [".json"])
    tables = [] if files else find_files(inputs.path, [".xml"])
    if tables:
        return labelme_xml.read(inputs, {file: read_xml(file) for file in tables})
    images = []
    for file in files:
        content = read_json(file)
        if not isinstance(content, dict) or "shapes" not in content:
            inputs.report.add(notes.NOT_READ, f"{file}: has no `shapes`")
            continue
        images.append(_read_image(file, content, inputs))
    return Annotations(images, _read_labels(inputs.path), later_on_top=True)


def _read_labels(path: Path) -> dict[str, None]:
    """Returns the classes in labels.txt, in their order."""
    file = (path if path.is_dir() else path.parent) / "labels.txt"
    if not file.is_file():
        return {}
    lines = read_text(file).splitlines()
    return {name: None for line in lines for name in class_names(line)}


def _read_image(file: Path, content: dict, inputs: Inputs) -> AnnotatedImage:
    """Returns the shapes of one file."""
    name = PureWindowsPath(str(content.get("imagePath") or "")).as_posix()
    names = [name, f"{file.parent.name}/{file.stem}", file.stem]
    if not name.strip(".") or name.lower().endswith(".json"):
        names = names[1:]
        name = file.stem
    image = AnnotatedImage(name.removeprefix("./"), photograph_names=tuple(names))
    if content.get("imageData"):
        with inputs.report.faults(str(file), EMBEDDED):
            image.photograph = from_base64(content["imageData"])
            image.size = upright_size(image.photograph)
    sides = content.get("imageHeight"), content.get("imageWidth")
    if None not in sides:
        with inputs.report.faults(str(file), notes.NO_SIZE_IN_FILE):
            image.size = check_size(*sides)
    shapes = content["shapes"] if isinstance(content["shapes"], list) else []
    for place, shape in enumerate(shapes, 1):
        where = f"{image.name}, shape {place}"
        with inputs.report.faults(where):
            found = _read_shape(shape, where, inputs)
            if found is not None:
                image.shapes.append(found)
    return image


def _read_shape(shape: Any, where: str, inputs: Inputs) -> Shape | None:
    """Returns one shape, None if its type is not known."""
    names = class_names(shape.get("label") or "")
    kind = shape.get("shape_type") or "polygon"
    where = f"{where} ({kind})"
    pairs = shape.get("points")
    if kind == "polygon":
        return Shape(
            "outline", names, geometry.PillowPolygon(point_array(pairs, 3)), where
        )
    if kind == "mask":
        return Shape("mask", names, _read_mask(shape, point_array(pairs, 2)), where)
    if kind == "rectangle":
        low, high = np.sort(point_array(pairs, 2)[:2], axis=0)
        return Shape("box", names, geometry.box(*low, *(high - low)), where)
    if kind == "oriented_rectangle":
        return Shape("box", names, geometry.Polygon(point_array(pairs, 4)), where)
    if kind == "circle":
        (x, y), rim = point_array(pairs, 2)[:2]
        radius = math.hypot(rim[0] - x, rim[1] - y)
        if not radius > 0:
            raise ShapeError("is a circle without area")
        return Shape("outline", names, geometry.Ellipse(x, y, radius, radius), where)
    if kind in ("line", "linestrip"):
        return Shape("line", names, geometry.Line(point_array(pairs, 2)), where)
    if kind in ("point", "points"):
        return Shape("click", names, geometry.Clicks(point_array(pairs, 1)), where)
    inputs.report.add(notes.OTHER_KINDS, where)
    return None


def _read_mask(shape: dict, corners: np.ndarray) -> geometry.Painted:
    """Returns a mask, whose PNG lies at the rounded first corner."""
    left, top = (round(value) for value in corners[0].tolist())
    expected = None
    if (corners % 1 == 0).all():
        width, height = (corners[1] - corners[0]).astype(int).tolist()
        expected = height + 1, width + 1
    return geometry.Painted(
        partial(_decode_mask, shape.get("mask"), expected), left, top
    )


def _decode_mask(text: object, expected: tuple[int, int] | None) -> np.ndarray:
    """Returns bool (h, w)."""
    mask = picture_mask(open_picture(from_base64(text)))
    if expected not in (None, mask.shape):
        raise ShapeError(
            f"has a mask of {mask.shape[1]} x {mask.shape[0]} px between corners of "
            f"{expected[1]} x {expected[0]} px"
        )
    return mask
