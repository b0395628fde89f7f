"""Reads the XML files of LabelMe 3.0, one an image, as CVAT and others write them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files, read_bytes
from tf_rloss.data.annotations.geometry import Line, Painted, Polygon, ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Shape
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    open_picture,
    point_array,
)

DELETED = "shapes that were deleted are not used"


def is_export(root: Element) -> bool:
    """Returns whether the root of an XML file is that of LabelMe 3.0."""
    return root.tag == "annotation" and root.find("imagesize") is not None


def read(inputs: Inputs, roots: Mapping[Path, Element]) -> Annotations:
    """Reads polygons, boxes and masks; later ones lie on top.

    Args:
        inputs: the folder and the report.
        roots: the root of each XML file.
    """
    folder = inputs.path if inputs.path.is_dir() else inputs.path.parent
    masks = {}
    for file in find_files(folder, [".png"]):
        if file.parent.name.lower() == "masks":
            masks[file.name] = file
    inputs.photographs.exclude(masks.values())
    images = []
    for file, root in roots.items():
        name = (root.findtext("filename") or file.stem).strip()
        image = AnnotatedImage("/".join([*_folder(root), name]))
        with inputs.report.faults(image.name, notes.NO_SIZE_IN_FILE):
            sides = (root.findtext(f"imagesize/{key}") for key in ("nrows", "ncols"))
            image.size = check_size(*sides)
        for place, element in enumerate(root.iterfind("object"), 1):
            where = f"{image.name}, object {place}"
            if (element.findtext("deleted") or "").strip() == "1":
                inputs.report.add(DELETED, where)
                continue
            with inputs.report.faults(where):
                image.shapes.append(_read_object(element, where, masks))
        images.append(image)
    return Annotations(images, {}, later_on_top=True)


def _folder(root):
    folder = (root.findtext("folder") or "").strip().strip("/")
    return [folder] if folder else []


def _read_object(element: Element, where: str, masks: Mapping[str, Path]) -> Shape:
    """Returns a polygon, box or mask."""
    names = class_names(element.findtext("name") or "")
    mask = element.findtext("segm/mask")
    if mask is not None:
        file = masks.get(mask.strip())
        if file is None:
            raise ShapeError(f"has a mask {mask.strip()!r}, which is not in Masks/")
        return Shape(
            "mask", names, Painted(partial(_read_mask, file), whole=True), where
        )
    pairs = [
        (point.findtext("x"), point.findtext("y"))
        for point in element.iterfind("polygon/pt")
    ]
    if (element.findtext("type") or "").strip() == "bounding_box":
        corners = point_array(pairs, 3)
        return Shape("box", names, Polygon(corners), where)
    points = point_array(pairs, 2)
    if len(points) == 2:
        return Shape("line", names, Line(points), where)
    return Shape("outline", names, Polygon(points), where)


def _read_mask(file: Path) -> np.ndarray:
    """Returns bool (H, W), true where any channel is not 0."""
    pixels = np.asarray(open_picture(read_bytes(file)))
    return pixels.any(axis=-1) if pixels.ndim == 3 else pixels > 0
