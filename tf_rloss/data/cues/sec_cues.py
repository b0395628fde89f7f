"""Reads the files of localization cues that the authors of SEC published."""

import re
from pathlib import Path

import numpy as np

from tf_rloss.data.cues.array_pickle import read_array_dict
from tf_rloss.data.cues.source import Cues
from tf_rloss.data.source import DataError, first_few, read_lines
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES

GRID = 41
"""Side of SEC's grid in cells: the output of DeepLab-LargeFOV for images of 321 px."""

_KEY = re.compile(r"([0-9]{1,9})_(labels|cues)")
_NUMBER = re.compile(r"[0-9]{1,9}")


def read_sec_cues(
    path: str | Path, *, grid: int = GRID, num_classes: int = len(VOC_CLASSES)
) -> dict[int, Cues]:
    """Reads `localization_cues.pickle` or `localization_cues.pickle.gz`.

    The file is a dict of arrays. "7_labels" holds the classes in image 7 without
    background, "7_cues" (3, n) integers whose rows are class, row and column. A file
    cannot run code or fill the memory: `array_pickle` reads nothing but arrays.

    Args:
        path: the file, compressed with gzip or not.
        grid: height and width of the grid, in cells.
        num_classes: number of classes K, with background.

    Returns:
        The cues of each image by its number; `read_image_numbers` gives the name.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is damaged or is another kind of file, a class or a place
            is out of range, or a place has cues of two classes.

    Reference: Kolesnikov and Lampert, Seed, Expand and Constrain, ECCV 2016.
    """
    content = read_array_dict(path)
    halves: dict[str, dict[int, np.ndarray]] = {"labels": {}, "cues": {}}
    for key, value in content.items():
        match = _KEY.fullmatch(key)
        if match is None:
            raise DataError(
                f'{path}: keys must be like "7_labels" and "7_cues". '
                f"Received: {key[:40]!r}"
            )
        halves[match[2]][int(match[1])] = value
    incomplete = sorted(halves["labels"].keys() ^ halves["cues"].keys())
    if incomplete or not content:
        raise DataError(
            f'{path}: every image must have "..._labels" and "..._cues". Incomplete: '
            + (first_few([*map(str, incomplete)]) or "the file is empty")
        )
    found = {}
    for number in sorted(halves["labels"]):
        try:
            labels = _check_labels(halves["labels"][number], num_classes)
            cues = _draw_cues(halves["cues"][number], grid, num_classes)
        except ValueError as error:
            raise DataError(f"{path}: image {number} {error}.") from error
        found[number] = Cues(labels, cues)
    return found


def _check_labels(labels, num_classes):
    """Returns the sorted classes of an image, uint8 (n,)."""
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError("must have a list of whole numbers as labels")
    if labels.size and not 1 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(f"has labels outside 1 to {num_classes - 1}")
    return np.unique(labels).astype(np.uint8)


def _draw_cues(array, grid, num_classes):
    """Puts the classes in row 0 of (3, n) to the places in rows 1 and 2."""
    integers = np.issubdtype(array.dtype, np.integer)
    if array.ndim != 2 or len(array) != 3 or not integers:
        raise ValueError("must have an integer array (3, n) as cues")
    classes, rows, columns = array
    if array.size and (array.min() < 0 or classes.max() >= num_classes):
        raise ValueError(f"has cues of classes outside 0 to {num_classes - 1}")
    if array.size and array[1:].max() >= grid:
        raise ValueError(f"has cues outside the grid of {grid} x {grid}")
    cues = np.full((grid, grid), IGNORE_LABEL, np.uint8)
    cues[rows, columns] = classes
    if (cues[rows, columns] != classes).any():
        raise ValueError("has cues of two classes in one place")
    return cues


def read_image_numbers(path: str | Path) -> dict[int, str]:
    """Reads SEC's `input_list.txt`, which numbers the images.

    A line holds the name of an image file and, after a space, the image's number.
    Without a number the lines count from 0.

    Returns:
        The id of each image, its file name without folder and ending, by its number.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is not such a list, or has a number or a name twice.
    """
    ids: dict[int, str] = {}
    lines = filter(None, map(str.strip, read_lines(path)))
    for line_number, line in enumerate(lines):
        name, *rest = line.split()
        if len(rest) > 1 or (rest and not _NUMBER.fullmatch(rest[0])):
            raise DataError(f"{path}: lines must be `file number`, not {line[:80]!r}.")
        number = int(rest[0]) if rest else line_number
        if number in ids:
            raise DataError(f"{path}: gives number {number} twice, in {line[:80]!r}.")
        ids[number] = Path(name).stem
    if len(set(ids.values())) != len(ids):
        raise DataError(f"{path}: names an image twice.")
    return ids
