"""Reads classes.txt: the names and colours of the classes of a folder."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_rloss.data.source import DataError, read_lines
from tf_rloss.labels import IGNORE_LABEL, voc_palette

CLASSES_FILE = "classes.txt"
UNLABELLED = ("unlabelled", "unlabeled")
"""Names of a line that has the colour of pixels without a label."""


class Classes(NamedTuple):
    """The content of a classes.txt."""

    names: tuple[str, ...]
    """Name of each class; () without such a file."""
    palette: np.ndarray
    """uint8 (255, 3), colours of the classes; VOC's where there are no others."""
    unlabelled: tuple[tuple[int, int, int], ...] = ()
    """Colours of pixels without a label."""


def read_classes(root: Path) -> Classes:
    """Reads the classes.txt of a folder, or of the one above it.

    ```
    background 0 0 0
    cat 64 0 0
    dog
    unlabelled 224 224 192
    ```

    Line i names class i and may give its colour. Lines `unlabelled R G B` are no class:
    pixels of that colour have no label.

    Args:
        root: the folder.

    Raises:
        DataError: if a line is wrong, or there are not 2 to 255 distinct names.
    """
    palette = voc_palette(IGNORE_LABEL)
    files = [folder / CLASSES_FILE for folder in (root, root.resolve().parent)]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return Classes((), palette)
    names, colors, unlabelled = [], {}, []
    for line in filter(None, map(str.strip, read_lines(file, "utf-8-sig"))):
        parts = re.fullmatch(r"(.*?\S)\s+(\d+)[\s,]+(\d+)[\s,]+(\d+)", line)
        name, color = (parts[1], _color(parts, file)) if parts else (line, None)
        if name.lower() not in UNLABELLED:
            if color is not None:
                colors[len(names)] = color
            names.append(name)
        elif color is not None:
            unlabelled.append(color)
        else:
            raise DataError(
                f"{file}: {name!r} is no class. Pixels without a label are 255; if "
                f"they have another id, name it by `ignore_ids` (flag --ignore_id), "
                f"or if they have a colour, write `{name} R G B`."
            )
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{file}: names class {twice!r:.80} more than once.")
    if not 2 <= len(names) <= IGNORE_LABEL:
        raise DataError(f"{file}: must name 2 to 255 classes, and names {len(names)}.")
    for label, color in colors.items():
        palette[label] = color
    return Classes(tuple(names), palette, tuple(unlabelled))


def _color(parts: re.Match, file: Path) -> tuple[int, int, int]:
    """Returns the three numbers at the end of a line."""
    color = parts.groups()[1:]
    if any(len(value) > 3 or int(value) > 255 for value in color):
        raise DataError(f"{file}: colours are from 0 to 255, in {parts[0]!r:.80}.")
    return tuple(int(value) for value in color)
