"""Reads CVAT's "Segmentation mask 1.1" and "PASCAL VOC 1.1", coloured PNG files."""

import functools
from pathlib import Path

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files, read_bytes, read_text
from tf_rloss.data.annotations.geometry import Painted, ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Color, Shape
from tf_rloss.data.annotations.values import clean, open_picture
from tf_rloss.data.source import DataError

_LABELS = "labelmap.txt"
_CLASSES, _OBJECTS = "SegmentationClass", "SegmentationObject"

UNKNOWN_COLORS = "colours are not in labelmap.txt, and their pixels get no label"
WITHOUT_MASK = (
    "images are listed without a mask (CVAT leaves out images, and in PASCAL VOC 1.1 "
    "all polygons, boxes and lines)"
)
BLACK = (
    "images have black pixels, which are unlabelled or background alike: they get no "
    "label without --fill_background"
)


def is_export(path: Path) -> bool:
    """Returns whether a folder is such an export."""
    return (path / _LABELS).is_file() and (path / _CLASSES).is_dir()


def read(inputs: Inputs) -> Annotations:
    """Reads the masks of classes; overlaps were resolved by CVAT."""
    root = inputs.path
    colors = _read_labelmap(root / _LABELS)
    files = find_files(root / _CLASSES, [".png"])
    inputs.photographs.exclude(files)
    if (root / _OBJECTS).is_dir():
        inputs.photographs.exclude(find_files(root / _OBJECTS, [".png"]))
    images, seen = [], set()
    for file in files:
        name = file.relative_to(root / _CLASSES).with_suffix("").as_posix()
        seen.add(name)
        with inputs.report.faults(str(file), notes.DAMAGED_FILES):
            images.append(_read_mask(file, name, colors, inputs))
    listed = [
        line.strip().strip('"')
        for file in find_files(root / "ImageSets", [".txt"])
        for line in read_text(file).splitlines()
    ]
    for name in dict.fromkeys(filter(None, listed)):
        if name not in seen:
            inputs.report.add(WITHOUT_MASK, name)
    return Annotations(images, colors, later_on_top=True)


def _read_labelmap(file: Path) -> dict[str, Color | None]:
    """Returns the colours of the classes, the lines `name:r,g,b:parts:actions`."""
    colors: dict[str, Color | None] = {}
    for line in read_text(file).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(":")
        try:
            red, green, blue = (int(part) for part in fields[1].split(","))
            color = red, green, blue
            if not all(0 <= part <= 255 for part in color):
                raise ValueError("is out of range")
        except (ValueError, IndexError) as error:
            raise DataError(
                f"{file}: lines must be `name:r,g,b:parts:actions`, not {line[:60]!r}."
            ) from error
        colors[clean(fields[0])] = color
    return colors


def _read_mask(file: Path, name: str, colors, inputs: Inputs) -> AnnotatedImage:
    """Returns the areas of each class in one file."""
    codes = _codes(file)
    height, width = codes.shape
    image = AnnotatedImage(name, (height, width))
    name_of = {r << 16 | g << 8 | b: n for n, (r, g, b) in reversed(colors.items())}
    for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
        label = name_of.get(int(code))
        if code == 0 and (label is None or label.lower() == "background"):
            inputs.report.add(BLACK, f"{name}: {count} px")
        elif label is None:
            color = f"{code >> 16},{code >> 8 & 255},{code & 255}"
            inputs.report.add(UNKNOWN_COLORS, f"{name}: {color}, {count} px")
        else:
            geometry = Painted(functools.partial(_pixels_of, file, code), whole=True)
            where = f"{name}, {label}"
            image.shapes.append(Shape("mask", (label,), geometry, where))
    return image


def _codes(file: Path) -> np.ndarray:
    """Returns the colours 65536 R + 256 G + B of a file, int32 (H, W)."""
    return _codes_at(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)  # The classes of a file are drawn one after the other.
def _codes_at(file: Path, changed: int) -> np.ndarray:
    picture = open_picture(read_bytes(file))
    if picture.format != "PNG" or picture.mode not in ("RGB", "RGBA", "P"):
        raise ShapeError(f"has mode {picture.mode!r}, where an RGB PNG is expected")
    pixels = np.asarray(picture.convert("RGB")).astype(np.int32)
    return pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]


def _pixels_of(file: Path, code: int) -> np.ndarray:
    return _codes(file) == code
