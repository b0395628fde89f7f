"""Recognises the format of an export by its files."""

from collections.abc import Callable
from pathlib import Path

from tf_rloss.data.annotations import (
    coco,
    cvat,
    cvat_masks,
    label_studio,
    label_studio_png,
    labelme,
    napari,
    nifti,
    qupath,
    strokes_png,
    supervisely,
    via,
)
from tf_rloss.data.annotations.documents import (
    find_files,
    read_json,
    read_text,
    read_xml,
)
from tf_rloss.data.source import DataError

READERS = {
    "label_studio": label_studio.read,
    "cvat": cvat.read,
    "labelme": labelme.read,
    "coco": coco.read,
    "supervisely": supervisely.read,
    "qupath": qupath.read,
    "napari": napari.read,
    "via": via.read,
    "nifti": nifti.read,
    "png": strokes_png.read,
}
"""The function that reads each format."""

_MOST_OPENED = 20
_HELP = "--from=FORMAT names the format: " + ", ".join(READERS)


def recognise(path: Path) -> str:
    """Returns the name of the format of a file or folder.

    Raises:
        DataError: if it is none that is known, or the files are of several formats.
    """
    if path.suffix.lower() in (".zip", ".tar", ".gz") and not _is_nifti(path):
        raise DataError(f"{path}: is an archive. Unpack it, and name the folder.")
    if cvat_masks.is_export(path):
        return "cvat"
    found = (
        _kinds(path, [".json", ".geojson"], _kind_of_json)
        or _kinds(path, [".xml"], _kind_of_xml)
        or _kinds_of_others(path)
    )
    if len(found) != 1:
        listed = (
            f"of several formats ({', '.join(sorted(found))})" if found else "unknown"
        )
        raise DataError(f"{path}: the files are {listed}. {_HELP}.")
    return found.pop()


def _kinds(
    path: Path, suffixes: list[str], kind_of: Callable[[Path], str | None]
) -> set[str]:
    """Returns the formats of the first files with these endings."""
    files = find_files(path, suffixes)[:_MOST_OPENED]
    return set(filter(None, map(kind_of, files)))


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith(nifti.SUFFIXES)


def _kind_of_json(file: Path) -> str | None:
    """Returns the format of a JSON file, None if it is none that is known."""
    content = read_json(file)
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return None
    keys = first.keys()
    if isinstance(first.get("objects"), list) and "size" in keys:
        return "supervisely"
    if isinstance(first.get("classes"), list) and "tags" in keys:
        return "supervisely"  # meta.json
    if first.get("type") in ("FeatureCollection", "Feature"):
        return "qupath"
    if "data" in keys and keys & {"annotations", "completions"}:
        return "label_studio"
    if keys & {"image_id", "categories"} or {"image", "annotations"} <= keys:
        return "coco"
    if {"images", "annotations"} <= keys:
        return "coco"
    if "shapes" in keys:
        return "labelme"
    entries = first.get("_via_img_metadata", first)
    entries = entries.values() if isinstance(entries, dict) else ()
    if any(
        isinstance(e, dict) and {"filename", "regions"} <= e.keys() for e in entries
    ):
        return "via"
    return None


def _kind_of_xml(file: Path) -> str | None:
    root = read_xml(file)
    known = root.tag == "annotations" or root.find("imagesize") is not None
    return "cvat" if known else None


def _kinds_of_others(path: Path) -> set[str]:
    """Returns the formats of files that are neither JSON nor XML."""
    if label_studio_png.is_export(path):
        return {"label_studio"}
    for table in find_files(path, [".csv"]):
        head = read_text(table).split("\n", 1)[0]
        if "region_shape_attributes" in head:
            return {"via"}
        if "axis-0" in head:
            return {"napari"}
    kinds = {"nifti": nifti.SUFFIXES, "napari": (".tif", ".tiff"), "png": (".png",)}
    for kind, suffixes in kinds.items():
        if find_files(path, suffixes):
            return {kind}
    return set()
