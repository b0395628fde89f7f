"""Reads CVAT's exports: "CVAT for images 1.1", "LabelMe 3.0" and class masks."""

from xml.etree.ElementTree import Element

import numpy as np

from tf_rloss.data.annotations import cvat_masks, geometry, labelme_xml, notes
from tf_rloss.data.annotations.documents import find_files, read_xml
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.run_lengths import decode_cvat
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Color, Shape
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    hex_color,
    number,
    numbers,
    point_array,
)
from tf_rloss.data.source import DataError

SHAPES = ("box", "polygon", "polyline", "points", "ellipse", "mask", "skeleton")


def read(inputs: Inputs) -> Annotations:
    """Reads whichever of CVAT's exports is there."""
    if cvat_masks.is_export(inputs.path):
        return cvat_masks.read(inputs)
    files = find_files(inputs.path, [".xml"])
    inputs.photographs.exclude(files)
    roots = {file: read_xml(file) for file in files}
    if roots and all(labelme_xml.is_export(root) for root in roots.values()):
        return labelme_xml.read(inputs, roots)
    images: list[AnnotatedImage] = []
    classes: dict[str, Color | None] = {}
    for file, root in roots.items():
        if root.tag != "annotations":
            raise DataError(
                f"{file}: begins with <{root.tag}>; the XML of CVAT for images begins "
                "with <annotations>."
            )
        if root.find("track") is not None:
            raise DataError(
                f'{file}: is an export of a video. Export it as "CVAT for images 1.1".'
            )
        classes |= _read_labels(root)
        images += [_read_image(element, inputs) for element in root.iter("image")]
    return Annotations(images, classes, later_on_top=True)


def _read_labels(root: Element) -> dict[str, Color | None]:
    """Returns the classes that the head of the file lists."""
    found = {}
    for label in root.iterfind("meta//labels/label"):
        if label.findtext("parent"):
            continue  # A part of a skeleton.
        for name in class_names(label.findtext("name") or ""):
            found[name] = hex_color(label.findtext("color"))
    return found


def _read_image(element: Element, inputs: Inputs) -> AnnotatedImage:
    """Returns an image; shapes nearer to the viewer come later."""
    image = AnnotatedImage(element.get("name") or f"image {element.get('id')}")
    with inputs.report.faults(image.name, notes.NO_SIZE_IN_FILE):
        image.size = check_size(element.get("height"), element.get("width"))
    heights = []
    for place, child in enumerate(element, 1):
        where = f"{image.name}, shape {place} ({child.tag})"
        if child.tag == "tag":
            inputs.report.add(notes.IMAGE_LEVEL, f"{image.name}: {child.get('label')}")
        elif child.tag not in SHAPES:
            inputs.report.add(notes.OTHER_KINDS, where)
        else:
            with inputs.report.faults(where):
                height = number(child.get("z_order") or 0, "z_order")
                shape = _read_shape(child, where, inputs)
                if shape is not None:
                    image.shapes.append(shape)
                    heights.append(height)
    order = np.argsort(heights, kind="stable")
    image.shapes = [image.shapes[place] for place in order]
    return image


def _read_shape(child: Element, where: str, inputs: Inputs) -> Shape | None:
    """Returns one shape; None if it has no points that are set."""
    names = class_names(child.get("label") or "")
    if child.tag == "skeleton":
        shown = [p for p in child.iter("points") if p.get("outside") != "1"]
        hidden = len([*child.iter("points")]) - len(shown)
        if hidden:
            inputs.report.add(notes.HIDDEN_POINTS, where, hidden)
        if not shown:
            return None
        points = np.concatenate([_points(p, 1) for p in shown])
        return Shape("click", names, geometry.Clicks(points), where)
    if child.tag == "mask":
        left, top, width, height = (
            number(child.get(key), key) for key in ("left", "top", "width", "height")
        )
        if left % 1 or top % 1:
            raise ShapeError("has a mask between pixels")
        size, code = check_size(height, width), child.get("rle") or ""
        decode = geometry.Painted(lambda: decode_cvat(code, size), int(left), int(top))
        return Shape("mask", names, decode, where)
    if child.tag in ("box", "ellipse"):
        degrees = number(child.get("rotation") or 0, "a rotation")
        keys = ("xtl", "ytl", "xbr", "ybr")
        keys = keys if child.tag == "box" else ("cx", "cy", "rx", "ry")
        a, b, c, d = numbers([child.get(key) for key in keys])
        if child.tag == "box":
            return Shape("box", names, geometry.box(a, b, c - a, d - b, degrees), where)
        if not (c > 0 and d > 0):
            raise ShapeError("is an ellipse without area")
        return Shape("outline", names, geometry.Ellipse(a, b, c, d, degrees), where)
    if child.tag == "polygon":
        return Shape("outline", names, geometry.Polygon(_points(child, 3)), where)
    if child.tag == "polyline":
        return Shape("line", names, geometry.Line(_points(child, 2)), where)
    return Shape("click", names, geometry.Clicks(_points(child, 1)), where)


def _points(element: Element, least: int) -> np.ndarray:
    """Returns float (n, 2) of "x,y;x,y;..."."""
    text = element.get("points") or ""
    pairs = [pair.split(",") for pair in text.split(";") if pair.strip()]
    return point_array(pairs, least)
