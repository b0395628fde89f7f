"""Reads JSON exports of Label Studio."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from tf_rloss.data.annotations import geometry, notes
from tf_rloss.data.annotations.documents import find_files, read_json, read_xml
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.label_studio_png import brush_files, class_of, is_export
from tf_rloss.data.annotations.photographs import ALL_SUFFIXES
from tf_rloss.data.annotations.run_lengths import decode_brush
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Color, Shape
from tf_rloss.data.annotations.values import (
    check_size,
    class_names,
    hex_color,
    number,
    numbers,
    point_array,
)

_TOOLS = ("brush", "magicwand", "polygon", "keypoint", "rectangle", "ellipse")
_PREFIX = re.compile(r"[0-9a-fA-F]{8}-(.+)")
_BRUSH = "brush"

SEVERAL = (
    "images are left out, since several annotators labelled them (choose one with "
    "--annotator)"
)
OTHER_ANNOTATORS = "annotations of other annotators are not used"
SKIPPED = "annotations that were cancelled are not used"
DRAFTS = "drafts are not used"


def read(inputs: Inputs) -> Annotations:
    """Reads tasks with brushes, polygons, keypoints, rectangles and ellipses.

    Regions have no order in which they cover each other. Brushes are strokes; they can
    also lie in the PNG files of a brush export, beside the JSON file of the tasks.
    """
    pictures = brush_files(inputs) if is_export(inputs.path) else {}
    inputs.photographs.exclude(f.path for found in pictures.values() for f in found)
    tasks = []
    if not pictures or inputs.path.is_dir():
        for path in find_files(inputs.path, [".json"]):
            content = read_json(path)
            tasks += content if isinstance(content, list) else [content]
    images = []
    for place, task in enumerate(tasks, 1):
        with inputs.report.faults(f"task {place}", notes.BROKEN_ENTRIES):
            images += _read_task(task, inputs, pictures)
    known = {name for image in images for shape in image.shapes for name in shape.names}
    for (task_id, _), files in sorted(pictures.items()):  # those without a task
        images.append(AnnotatedImage(f"task-{task_id}", files[0].size))
        for file in files:
            names = class_of(file, (), known)
            images[-1].shapes.append(Shape(_BRUSH, names, file.geometry, file.name))
    return Annotations(images, _read_config(inputs.path))


def _read_config(path: Path) -> dict[str, Color | None]:
    """Returns the classes in the labelling configuration, if it lies beside."""
    config = path / "config.xml"
    if not config.is_file():
        return {}
    labels = [
        label for parent in read_xml(config).iter() for label in parent.findall("Label")
    ]
    return {
        name: hex_color(label.get("background"))
        for label in labels
        for name in class_names(label.get("alias") or label.get("value") or "")
    }


def _read_task(task: Any, inputs: Inputs, pictures: dict) -> list[AnnotatedImage]:
    """Returns the images of a task: one, or none if it cannot be used."""
    report = inputs.report
    if "annotations" not in task and "completions" not in task:
        raise ShapeError("has no `annotations`; export the tasks as JSON, not JSON-MIN")
    name, *names = _image_names(task)
    for predicted in task.get("predictions") or []:
        report.add(notes.PREDICTIONS, name, len(predicted.get("result") or [1]))
    if task.get("drafts"):
        report.add(DRAFTS, name, len(task["drafts"]))
    annotations = task.get("annotations") or task.get("completions") or []
    cancelled = [a for a in annotations if a.get("was_cancelled")]
    if cancelled:
        report.add(SKIPPED, name, len(cancelled))
    kept = [a for a in annotations if not a.get("was_cancelled")]
    chosen = _choose(kept, name, inputs)
    of_task = [key for key in pictures if key[0] == str(task.get("id"))]
    files_of = {key[1]: pictures.pop(key) for key in of_task}
    if kept and chosen is None:
        return []
    image = AnnotatedImage(name, photograph_names=tuple(names))
    if chosen is not None:
        files = files_of.get(str(chosen.get("id")), [])
        _read_results(chosen.get("result") or [], image, inputs, bool(files))
        _add_pictures(files, chosen.get("result") or [], image)
    return [image]


def _add_pictures(files: list, results: list, image: AnnotatedImage) -> None:
    """Adds the regions in PNG files, which the JSON file names."""
    tags = tuple({str(r.get("from_name")) for r in results if r.get("from_name")})
    known = {name for r in results for name in _names_of(r)}
    for file in files:
        image.size = image.size or file.size
        names = class_of(file, tags, known)
        image.shapes.append(Shape(_BRUSH, names, file.geometry, file.name))


def _annotator(annotation: dict) -> set[str]:
    """Returns the texts that name the annotator of an annotation."""
    who = annotation.get("completed_by")
    known = who.values() if isinstance(who, dict) else [who]
    return {str(value) for value in known if value is not None}


def _choose(annotations: list, name: str, inputs: Inputs) -> dict | None:
    """Returns the annotation of an image to read, None if it is unclear."""
    chosen = annotations
    if inputs.annotator not in (None, "newest"):
        chosen = [a for a in annotations if inputs.annotator in _annotator(a)]
        if len(chosen) < len(annotations):
            others = len(annotations) - len(chosen)
            inputs.report.add(OTHER_ANNOTATORS, name, others)
    if len(chosen) > 1:
        truths = [a for a in chosen if a.get("ground_truth") is True]
        if inputs.annotator is None and len(truths) != 1:
            who = sorted(set().union(*map(_annotator, chosen)))
            inputs.report.add(SEVERAL, f"{name}: {', '.join(who) or 'without names'}")
            return None
        newest = max(chosen, key=lambda a: str(a.get("updated_at") or ""))
        inputs.report.add(OTHER_ANNOTATORS, name, len(chosen) - 1)
        chosen = truths if inputs.annotator is None else [newest]
    return chosen[0] if chosen else None


def _image_names(task: dict) -> list[str]:
    """Returns the name of a task's image, and those that the photograph can have."""
    data = task.get("data") or {}
    value = data.get("image")
    if value is None:
        texts = [text for text in data.values() if isinstance(text, str)]
        pictures = [t for t in texts if _path(t).lower().endswith(ALL_SUFFIXES)]
        value = pictures[0] if len(pictures) == 1 else None
    if isinstance(value, list):
        if len(value) != 1:
            raise ShapeError(f"has {len(value)} images in one task")
        value = value[0]
    if value is None:
        value = task.get("file_upload") or f"task-{task.get('id')}"
    path = _path(str(value))
    uploaded = "/upload/" in path or bool(task.get("file_upload"))
    base = path.rsplit("/", 1)[-1]
    match = _PREFIX.fullmatch(base)
    without_prefix = match[1] if match else base
    if uploaded:
        return [without_prefix, base, without_prefix]
    return [path.lstrip("/"), path, base, without_prefix]


def _path(text: str) -> str:
    """Returns the path in an address, without what follows `?`."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path or text)


def _read_results(
    results: list, image: AnnotatedImage, inputs: Inputs, has_pictures: bool
) -> None:
    """Adds the regions of an annotation to its image."""
    labelled = {r.get("id") for r in results if r.get("type") == "labels"}
    tools = {r.get("id"): r for r in results if r.get("type") in _TOOLS}
    for place, result in enumerate(results, 1):
        where = f"{image.name}, result {place}"
        with inputs.report.faults(where):
            kind = str(result.get("type"))
            if kind in _TOOLS and result.get("id") in labelled:
                continue  # The result with the class repeats it.
            tool = kind.removesuffix("labels") or str(
                tools.get(result.get("id"), {}).get("type", "")
            )
            value = dict(result.get("value") or {})
            if kind == "labels":
                value = (tools.get(result.get("id"), {}).get("value") or {}) | value
                tool = tool or _tool_of(value)
            if tool not in _TOOLS:
                inputs.report.add(notes.IMAGE_LEVEL, f"{where}: {kind}")
                continue
            if has_pictures and tool in ("brush", "magicwand"):
                continue
            if tool in ("brush", "magicwand") and "rle" not in value:
                raise ShapeError(
                    "is a brush of an old version, which tells neither width nor place"
                )
            size = _size(result, image, inputs)
            if size is None:
                continue
            shape = _shape(tool, value, size, where, inputs)
            image.shapes.append(shape._replace(names=_names_of(result)))


def _tool_of(value: dict) -> str:
    """Returns the tool that a value comes from, by its keys."""
    keys = {
        "rle": "brush",
        "points": "polygon",
        "radiusX": "ellipse",
        "height": "rectangle",
        "x": "keypoint",
    }
    return next((tool for key, tool in keys.items() if key in value), "")


def _names_of(result: dict) -> tuple[str, ...]:
    value = result.get("value") or {}
    return class_names(value.get(str(result.get("type"))) or [])


def _size(result: dict, image: AnnotatedImage, inputs: Inputs):
    """Returns (height, width) of the image by a result or by the photograph."""
    sides = result.get("original_height"), result.get("original_width")
    if None in sides:
        size = inputs.photographs.size(image.lookups)
        if size is None:
            inputs.report.add(notes.NO_SIZE, image.name)
            return None
    else:
        size = check_size(*sides)
    if image.size not in (None, size):
        raise ShapeError(
            f"is of an image of {size[1]} x {size[0]} px, those before it of "
            f"{image.size[1]} x {image.size[0]} px"
        )
    image.size = size
    if result.get("image_rotation"):
        raise ShapeError(
            f"is drawn on the image turned by {result['image_rotation']} degrees"
        )
    return size


def _shape(tool: str, value: dict, size, where: str, inputs: Inputs) -> Shape:
    """Returns a region without its class."""
    height, width = size
    unit = np.array([width, height]) / 100.0
    if tool in ("brush", "magicwand"):
        code = value["rle"]
        brush = geometry.Painted(lambda: decode_brush(code, size), whole=True)
        return Shape(_BRUSH, (), brush, where)
    if tool == "polygon":
        points = point_array(value["points"], 2) * unit
        if value.get("closed") is False or len(points) < 3:
            inputs.report.add(notes.OPEN_OUTLINES, where)
            return Shape("line", (), geometry.Line(points), where)
        return Shape("outline", (), geometry.Polygon(points), where)
    x, y = np.array(numbers([value["x"], value["y"]])) * unit
    if tool == "keypoint":
        return Shape("click", (), geometry.Clicks(np.array([[x, y]])), where)
    degrees = number(value.get("rotation") or 0, "a rotation")
    if tool == "ellipse":
        radii = np.array(numbers([value["radiusX"], value["radiusY"]], "a radius"))
        if not (radii > 0).all():
            raise ShapeError("is an ellipse without area")
        return Shape(
            "outline", (), geometry.Ellipse(x, y, *(radii * unit), degrees), where
        )
    sides = np.array(numbers([value["width"], value["height"]], "a side")) * unit
    return Shape("box", (), geometry.box(x, y, *sides, degrees, pivot=(x, y)), where)
