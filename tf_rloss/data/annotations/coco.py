"""Reads COCO's JSON files: data sets, results, and the files of Segment Anything."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tf_rloss.data.annotations import geometry, notes
from tf_rloss.data.annotations.documents import find_files, read_json
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.run_lengths import coco_size, decode_coco
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Color, Shape
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    clean,
    numbers,
    point_array,
)

NAMELESS = (
    "categories have no name in the file and are called by their number "
    "(--classes=dog=18 renames them)"
)
_VISIBLE = 2


def read(inputs: Inputs) -> Annotations:
    """Reads polygons, both kinds of RLE, keypoints and boxes.

    The format does not say which of two masks lies on top. A box counts where there is
    neither a mask nor a keypoint.
    """
    images: dict[str, AnnotatedImage] = {}
    classes: dict[str, Color | None] = {}
    for file in find_files(inputs.path, [".json"]):
        content = read_json(file)
        entries = content if isinstance(content, list) else [content]
        names = _read_categories(content)
        classes |= dict.fromkeys(names.values())
        by_id = {}
        if isinstance(content, dict) and isinstance(content.get("images"), list):
            for entry in content["images"]:
                with inputs.report.faults(
                    f"{file.name}: an image", notes.BROKEN_ENTRIES
                ):
                    by_id[entry["id"]] = _read_image(entry, images)
            entries = _list(content.get("annotations"))
        elif not any(isinstance(e, dict) and _is_entry(e) for e in entries):
            inputs.report.add(notes.NOT_READ, f"{file}: is no COCO file")
            continue
        for place, (image, entry) in enumerate(
            _pair(entries, by_id, images, inputs), 1
        ):
            where = f"{image.name}, annotation {entry.get('id', place)}"
            with inputs.report.faults(where):
                _read_annotation(entry, image, names, where, inputs)
    shapes = (shape for image in images.values() for shape in image.shapes)
    others = {name for shape in shapes for name in shape.names} - classes.keys()
    classes |= dict.fromkeys(sorted(others, key=lambda name: (len(name), name)))
    return Annotations(list(images.values()), classes)


def _is_entry(entry: dict) -> bool:
    return "image_id" in entry or {"image", "annotations"} <= entry.keys()


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


def _read_categories(content: Any) -> dict[object, str]:
    """Returns the name of each category by its id."""
    found = {}
    if isinstance(content, dict):
        for entry in _list(content.get("categories")):
            if isinstance(entry, dict) and clean(entry.get("name") or ""):
                found[str(entry.get("id"))] = clean(entry["name"])
    return found


def _read_image(entry: dict, images: dict[str, AnnotatedImage]) -> AnnotatedImage:
    """Returns the image of an entry; files that name the same image share it."""
    size = None
    if entry.get("height") is not None:
        size = check_size(entry["height"], entry["width"])
    name = str(entry.get("file_name") or entry.get("id") or entry.get("image_id"))
    image = images.setdefault(name, AnnotatedImage(name, size))
    if size not in (None, image.size):
        raise ShapeError(f"{name} has two sizes")
    return image


def _pair(
    entries: list, by_id: dict, images: dict, inputs: Inputs
) -> Iterator[tuple[AnnotatedImage, dict]]:
    """Yields annotations and their images."""
    for place, entry in enumerate(entries, 1):
        with inputs.report.faults(f"annotation {place}", notes.BROKEN_ENTRIES):
            if {"image", "annotations"} <= entry.keys():  # as in SA-1B
                described = entry["image"]
                if not isinstance(described, dict):
                    described = {"file_name": str(described)}
                image = _read_image(described, images)
                yield from ((image, shape) for shape in entry["annotations"])
            elif by_id:
                if entry["image_id"] not in by_id:
                    raise ShapeError(
                        f"is of image {entry['image_id']}, which is absent"
                    )
                yield by_id[entry["image_id"]], entry
            else:
                yield _by_number(entry["image_id"], images, inputs), entry


def _by_number(number_: object, images: dict, inputs: Inputs) -> AnnotatedImage:
    """Returns the image of a results file, which is known by its number only."""
    name = clean(number_)
    if name not in images:
        names = [name.zfill(12), f"COCO_val2014_{name.zfill(12)}"]
        names += [f"COCO_train2014_{name.zfill(12)}"]
        file = inputs.photographs.find([name, *names])
        size = None if file is None else inputs.photographs.size_of(file)
        images[name] = AnnotatedImage(name, size, photograph_names=(name, *names))
    return images[name]


def _read_annotation(
    entry: dict, image: AnnotatedImage, names: dict, where: str, inputs: Inputs
) -> None:
    """Adds the mask, the keypoints or the box of an annotation to its image."""
    found: tuple[str, ...] = ()
    if entry.get("category_id") is not None:
        number_ = str(entry["category_id"])
        found = class_names(names.get(number_) or number_)
        if number_ not in names and not inputs.report.count(NAMELESS):
            inputs.report.add(NAMELESS, f"{number_} in {image.name}, and others")
    segmentation = entry.get("segmentation") or []
    used = False
    if isinstance(segmentation, dict):
        size = coco_size(segmentation.get("size"))
        image.size = image.size or size
        decode = partial(decode_coco, segmentation.get("counts"), size)
        image.shapes.append(
            Shape("mask", found, geometry.Painted(decode, whole=True), where)
        )
        used = True
    for part in segmentation if isinstance(segmentation, list) else []:
        flat = numbers(part)
        if len(flat) % 2:
            raise ShapeError("has a polygon with an odd number of coordinates")
        ring = point_array([*zip(flat[::2], flat[1::2], strict=True)], 3)
        image.shapes.append(Shape("outline", found, geometry.Polygon(ring), where))
        used = True
    keypoints = entry.get("keypoints") or []
    triples = np.array(numbers(keypoints, "a keypoint")).reshape(-1, 3)
    visible = triples[triples[:, 2] == _VISIBLE, :2]
    if len(visible) < len(triples):
        inputs.report.add(notes.HIDDEN_POINTS, where, len(triples) - len(visible))
    if len(visible):
        image.shapes.append(Shape("click", found, geometry.Clicks(visible), where))
        used = True
    if not used and entry.get("bbox"):
        left, top, width, height = numbers(entry["bbox"])
        image.shapes.append(
            Shape("box", found, geometry.box(left, top, width, height), where)
        )
