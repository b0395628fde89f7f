"""Reads projects of Supervisely: meta.json, and ann/ with one JSON file an image."""

import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.data.annotations import geometry, notes
from tf_rloss.data.annotations.documents import find_files, read_json
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.photographs import ALL_SUFFIXES
from tf_rloss.data.annotations.shapes import (
    AnnotatedImage,
    Annotations,
    Color,
    Shape,
)
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    from_base64,
    hex_color,
    number,
    open_picture,
    picture_mask,
    point_array,
)

_MOST_INFLATED = 1 << 28


def read(inputs: Inputs) -> Annotations:
    """Reads bitmaps, polygons, lines, points and rectangles; later ones lie on top.

    Corners are indices of pixels, and polygons cover the pixels of their outline.
    """
    kinds: dict[str, str] = {}
    classes: dict[str, Color | None] = {}
    images = []
    for file in find_files(inputs.path, [".json"]):
        content = read_json(file)
        if isinstance(content, dict) and isinstance(content.get("classes"), list):
            for entry in content["classes"]:
                with inputs.report.faults(
                    f"{file.name}: a class", notes.BROKEN_ENTRIES
                ):
                    for name in class_names(entry["title"]):
                        kinds[name] = str(entry.get("shape") or "")
                        classes[name] = hex_color(entry.get("color"))
        elif isinstance(content, dict) and isinstance(content.get("objects"), list):
            images.append((file, content))
        else:
            inputs.report.add(notes.NOT_READ, f"{file}: has no `objects`")
    found = [_read_image(file, content, kinds, inputs) for file, content in images]
    return Annotations(found, classes, later_on_top=True)


def _read_image(file: Path, content: dict, kinds: dict, inputs: Inputs):
    """Returns the objects of one file."""
    folder = file.parent.parent if file.parent.name == "ann" else file.parent
    # New files are called a.jpg.json, old ones a.json.
    has_suffix = file.stem.lower().endswith(ALL_SUFFIXES)
    name = f"{folder.name}/{file.stem}"
    ends = [""] if has_suffix else ["", *ALL_SUFFIXES]
    names = tuple(f"{folder.name}/img/{file.stem}{end}" for end in ends)
    image = AnnotatedImage(name, photograph_names=names)
    with inputs.report.faults(name, notes.NO_SIZE_IN_FILE):
        image.size = check_size(content["size"]["height"], content["size"]["width"])
    for place, entry in enumerate(content["objects"], 1):
        where = f"{name}, object {place}"
        with inputs.report.faults(where):
            found = _read_object(entry, kinds, where, inputs)
            if found is not None:
                image.shapes.append(found)
    return image


def _read_object(entry: Any, kinds: dict, where: str, inputs: Inputs) -> Shape | None:
    """Returns one object, None if its kind is not known."""
    names = class_names(entry.get("classTitle") or "")
    kind = entry.get("geometryType")
    if not kind and names:
        kind = kinds.get(names[0])
    if kind in (None, "", "any") and entry.get("bitmap"):
        kind = "bitmap"
    where = f"{where} ({kind})"
    if kind in ("bitmap", "alpha_mask"):
        bitmap = entry.get("bitmap") or entry.get(kind)
        left, top = (number(value) for value in bitmap["origin"])
        if left % 1 or top % 1:
            raise ShapeError("has a bitmap between pixels")
        decode = partial(_decode_bitmap, bitmap.get("data"))
        return Shape(
            "mask", names, geometry.Painted(decode, int(left), int(top)), where
        )
    points = entry.get("points") or {}
    if kind == "polygon":
        ring = np.rint(point_array(points["exterior"], 3))
        holes = [np.rint(point_array(h, 3)) for h in points.get("interior") or []]
        return Shape("outline", names, geometry.PixelPolygon(ring, tuple(holes)), where)
    if kind == "rectangle":
        low, high = np.sort(point_array(points["exterior"], 2)[:2], axis=0)
        # Both corners are pixels of the rectangle.
        return Shape("box", names, geometry.box(*low, *(high - low + 1)), where)
    if kind == "line":
        line = geometry.Line(point_array(points["exterior"], 2) + 0.5)
        return Shape("line", names, line, where)
    if kind == "point":
        clicks = geometry.Clicks(point_array(points["exterior"], 1) + 0.5)
        return Shape("click", names, clicks, where)
    inputs.report.add(notes.OTHER_KINDS, where)
    return None


def _decode_bitmap(text: object) -> np.ndarray:
    """Returns bool (h, w) of a PNG, compressed and in base64."""
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(from_base64(text), _MOST_INFLATED)
    except zlib.error as error:
        raise ShapeError(f"has a bitmap that cannot be read ({error})") from error
    return picture_mask(open_picture(content))
