"""Reads the PNG files of Label Studio's brush export, one file a region."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files, read_bytes
from tf_rloss.data.annotations.geometry import Painted, ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.values import clean, open_picture

_NAME = re.compile(r"task-(\d+)-annotation-(\d+)-by-(.+)-(\d+)\.png")


class BrushFile(NamedTuple):
    """One region."""

    path: Path
    rest: str
    """Name of the file behind `-by-`: annotator, tag and classes, joined by "-"."""
    size: tuple[int, int]
    geometry: Painted

    @property
    def name(self) -> str:
        """The name of the file, for messages."""
        return self.path.name


def is_export(path: Path) -> bool:
    """Returns whether a file or a folder is such an export."""
    if path.is_file():
        return bool(_NAME.fullmatch(path.name))
    return any(_NAME.fullmatch(file.name) for file in find_files(path, [".png"]))


def brush_files(inputs: Inputs) -> dict[tuple[str, str], list[BrushFile]]:
    """Returns the files of each task and annotation, by their ids."""
    found = defaultdict(list)
    for path in find_files(inputs.path, [".png"]):
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        with inputs.report.faults(path.name, notes.DAMAGED_FILES):
            picture = open_picture(read_bytes(path))
            size = picture.height, picture.width

            def decode(path=path):
                return _alpha(path) > 0

            geometry = Painted(decode, whole=True)
            found[match[1], match[2]].append(BrushFile(path, match[3], size, geometry))
    return dict(found)


def _alpha(path):
    """Returns the grey values (H, W) of a file, which are its alpha values."""
    picture = open_picture(read_bytes(path))
    pixels = np.asarray(picture)
    if pixels.ndim == 3 and picture.mode in ("RGBA", "LA"):
        return pixels[..., -1]
    if pixels.ndim == 3:
        return pixels.max(axis=-1)
    if picture.mode not in ("L", "1"):
        raise ShapeError(f"has mode {picture.mode!r}, where grey is expected")
    return pixels


def class_of(
    file: BrushFile, tags: Sequence[str], known: Collection[str]
) -> tuple[str, ...]:
    """Returns the classes in the name of a file.

    Names of annotators, tags and classes can contain "-", which also separates them.

    Args:
        file: the file.
        tags: names of the labelling tags in the JSON file. Without any, annotator and
            tag are taken to have no "-".
        known: the classes in the JSON file.
    """
    if tags:
        choices = "|".join(map(re.escape, sorted(tags, key=len, reverse=True)))
        match = re.fullmatch(rf".+?-(?:{choices})-(.+)", file.rest)
    else:
        match = re.fullmatch(r"[^-]+-[^-]+-(.+)", file.rest)
    if match is None:
        return ()
    text = match[1]
    if text in known or not known:
        return (clean(text),)
    return _split(text, known) or (clean(text),)


def _split(text, known):
    """Returns known names that make up a text when "-" joins them; () if none do."""
    for name in sorted(known, key=len, reverse=True):
        if text == name:
            return (name,)
        if text.startswith(f"{name}-"):
            rest = _split(text[len(name) + 1 :], known)
            if rest:
                return (name, *rest)
    return ()
