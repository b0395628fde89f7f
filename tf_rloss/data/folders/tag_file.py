"""Reads tags.csv, which lists the classes in each image of a folder."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_rloss.data.image_files import IMAGE_SUFFIXES
from tf_rloss.data.source import DataError, first_few, read_lines
from tf_rloss.labels import IGNORE_LABEL

TAGS_FILE = "tags.csv"
BACKGROUND = "background"

_HEADERS = ("image", "file", "filename", "file name", "file_name", "name")
_FIELD = re.compile(r'(?:\s*"((?:[^"]|"")*)"\s*|([^",;]*))(?:[,;]|$)')
_ID = re.compile(r"[0-9]+")


class TagLine(NamedTuple):
    """One line of the file."""

    number: int
    """Number of the line in the file, from 1."""
    image: str
    """Name of a file in images/, with or without its ending."""
    classes: tuple[str, ...]
    """Names or ids of the classes in that image."""


def read_tag_lines(path: Path, problems: list[str]) -> list[TagLine]:
    """Reads the lines of a file of tags, without its header and its empty lines.

    ```
    image,classes
    a.jpg,cat,dog
    b
    "c, at night.jpg",cat
    ```

    Fields are separated by commas or semicolons. A field that contains one of these
    stands in quotation marks, and a quotation mark in it is doubled. A first line whose
    first field is "image", "file", "filename", "file name", "file_name" or "name" is a
    header.

    Args:
        path: the file, in UTF-8.
        problems: lines with a lone quotation mark are appended here.

    Raises:
        DataError: if the file is not UTF-8 text.
    """
    lines, is_first = [], True
    for number, line in enumerate(read_lines(path, "utf-8-sig"), 1):
        if not line.strip(" \t,;"):
            continue
        fields = _split(line)
        if fields is None:
            problems.append(f"{TAGS_FILE}, line {number}: has a lone quotation mark")
        elif not (is_first and fields[0].lower() in _HEADERS):
            classes = tuple(filter(None, fields[1:]))
            lines.append(TagLine(number, fields[0], classes))
        is_first = False
    return lines


def _split(line):
    """Returns the fields of a line, or None if a quotation mark is alone."""
    fields, place = [], 0
    while place < len(line):
        field = _FIELD.match(line, place)
        if field is None:
            return None
        quoted, plain = field.groups()
        fields.append(
            plain.strip() if quoted is None else quoted.replace('""', '"').strip()
        )
        place = field.end()
    return fields


def find_class_names(lines: Sequence[TagLine], problems: list[str]) -> tuple[str, ...]:
    """Returns "background" and the names in a file, sorted; () if it has ids only.

    Args:
        lines: the lines of the file, from `read_tag_lines`.
        problems: a file with both names and ids is appended here.

    Raises:
        DataError: if there are more than 254 names.
    """
    found = {entry for line in lines for entry in line.classes} - {BACKGROUND}
    names = sorted(entry for entry in found if not _ID.fullmatch(entry))
    if not names:
        return ()
    if len(names) >= IGNORE_LABEL:
        raise DataError(
            f"{TAGS_FILE}: must name {IGNORE_LABEL - 1} classes at most, and names "
            f"{len(names)}: {first_few(names)}"
        )
    ids = sorted(found.difference(names))
    if ids:
        problems.append(
            f"{TAGS_FILE}: has names and ids of classes ({names[0]!r} and {ids[0]}); "
            "classes.txt must tell which is which"
        )
    return (BACKGROUND, *names)


def match_tags(
    lines: Sequence[TagLine],
    images: Mapping[str, Path],
    class_names: Sequence[str],
    num_classes: int | None,
    problems: list[str],
) -> dict[str, frozenset[int]]:
    """Returns the ids of the classes in each image, with 0, the background, in each.

    Args:
        lines: the lines of the file, from `read_tag_lines`.
        images: the image files by their names without ending.
        class_names: name of each class; () if the file has ids only.
        num_classes: number of classes, which ids must be below; None stands for 255.
        problems: images with no line or with two, lines of unknown images and unknown
            classes are appended here.
    """
    ids = {str(label): label for label in range(num_classes or IGNORE_LABEL)}
    expected = first_few(class_names or [f"0 to {len(ids) - 1}"])
    ids |= {BACKGROUND: 0}
    ids |= {name: label for label, name in enumerate(class_names)}
    tags: dict[str, frozenset[int]] = {}
    line_of: dict[str, int] = {}
    for number, image, classes in lines:
        where = f"{TAGS_FILE}, line {number}"
        stem = _find_stem(image, images)
        if stem is None:
            header = " (a header starts with `image`)" if number == 1 else ""
            problems.append(f"{where}: there is no image {image!r}{header}")
        elif stem in line_of:
            before = line_of[stem]
            problems.append(f"{where}: {image!r} has a line already, line {before}")
        for entry in classes:
            if entry not in ids:
                problems.append(
                    f"{where}: class {entry!r} is unknown; expected: {expected}"
                )
        if stem is not None:
            line_of.setdefault(stem, number)
            known = ids.keys() & set(classes)
            tags[stem] = frozenset({0, *(ids[entry] for entry in known)})
    for stem in sorted(images.keys() - tags.keys()):
        problems.append(f"images/{images[stem].name}: has no line in {TAGS_FILE}")
    return tags


def _find_stem(name, images):
    """Returns the key of the image with that name, with or without ending, or None."""
    if name in images:
        return name
    path = Path(name)
    stem = path.stem if path.suffix.lower() in IMAGE_SUFFIXES else None
    return stem if stem in images and path.name == name else None


def check_numbering(
    tags: Mapping[str, Collection[int]],
    labels: Iterable[tuple[str, np.ndarray]],
    class_names: Sequence[str],
) -> list[str]:
    """Finds label maps that contradict the ids of the classes in sorted order.

    Without classes.txt the ids follow the sorted names, but those of the label maps can
    follow another order. Then an image has a label that its tags do not name.

    Args:
        tags: ids of the classes in each image.
        labels: pairs of an image and bool (256,), true for the values in its label
            maps.
        class_names: the sorted names.

    Returns:
        A problem for each image with such a label.
    """
    problems = []
    for stem, present in labels:
        strangers = set(np.flatnonzero(present[:IGNORE_LABEL])) - {0, *tags[stem]}
        if strangers:
            label = min(strangers)
            problems.append(
                f"{stem}: has pixels of label {label}, which is {class_names[label]!r} "
                f"by the order of names, and no such tag in {TAGS_FILE}; classes.txt "
                "must tell which id is which class"
            )
    return problems


def tag_vector(ids: Collection[int], num_classes: int) -> np.ndarray:
    """Returns bool (K,), true for the classes in `ids`."""
    return np.isin(np.arange(num_classes), list(ids))
