"""Checks every file of a folder before training starts, and names the wrong ones."""

import concurrent.futures
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_rloss.data.image_files import SUFFIXES, FileError
from tf_rloss.data.image_form import RGB, ImageForm
from tf_rloss.data.label_maps import Colors, inspect_label_map
from tf_rloss.data.source import DataError, printable
from tf_rloss.labels import IGNORE_LABEL

_MOST_SHOWN = 20
_AT_A_TIME = 64  # examples that a thread takes, since each turn has a cost
_SYSTEM_FILES = ("Thumbs.db", "desktop.ini")


class Files(NamedTuple):
    """The files of one example."""

    image: Path
    scribble: Path | None
    mask: Path | None


class Finding(NamedTuple):
    """The result of the check of one example."""

    problems: list[str]
    """One sentence about each file that is wrong, which begins with its name."""
    size: tuple[int, int]
    """Upright (height, width) of the image, in pixels."""
    scribble: dict[int, int]
    """Pixels of each label in its scribble."""
    mask: dict[int, int]
    """Pixels of each label in its mask."""
    extremes: np.ndarray | None
    """Smallest and largest value of each channel, (2, C); None for 8-bit RGB."""

    @property
    def labels(self) -> np.ndarray:
        """bool (256,), true for the values that occur in its label maps."""
        present = np.zeros(256, bool)
        present[[*self.scribble, *self.mask]] = True
        return present


def fail(root: Path, problems: list[str]) -> None:
    """Raises a `DataError` that counts the problems and lists the first 20.

    Args:
        root: the folder that the problems are in.
        problems: at least one, each a line of text.
    """
    shown = [printable(problem) for problem in problems[:_MOST_SHOWN]]
    more = len(problems) - len(shown)
    lines = [f"{root}: {len(problems)} problem{'s' * (len(problems) > 1)} found."]
    lines += [f"  {problem}" for problem in shown]
    lines += [f"  ... and {more} more."] if more else []
    raise DataError("\n".join(lines))


def list_files(
    folder: Path, problems: list[str], suffixes: tuple[str, ...] = SUFFIXES
) -> dict[str, Path]:
    """Lists the image files of a folder by their names without ending.

    Args:
        folder: the folder; files of the operating system in it are passed over.
        suffixes: endings of the files, PNG's and JPEG's or all of `IMAGE_SUFFIXES`.
        problems: folders, files of other kinds and names that occur twice are appended
            here.
    """
    found: dict[str, Path] = {}
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = folder / entry.name
        name = f"{folder.name}/{path.name}"
        if path.name.startswith(".") or path.name in _SYSTEM_FILES:
            continue
        # A link may lead nowhere, which `path` alone bears.
        if (path if entry.is_symlink() else entry).is_dir():
            problems.append(f"{name}: is a folder; files must lie in {folder.name}/")
        elif path.suffix.lower() not in suffixes:
            usual = suffixes == SUFFIXES
            kinds = "neither PNG nor JPEG" if usual else "not PNG, JPEG, WebP or TIFF"
            problems.append(f"{name}: is {kinds}")
        elif path.stem in found:
            other = found[path.stem].name
            problems.append(f"{name}: has the same name as {folder.name}/{other}")
        else:
            found[path.stem] = path
    return found


def pair(kinds: dict[str, dict[str, Path]], problems: list[str]) -> dict[str, Files]:
    """Joins images with the label maps of the same name.

    Args:
        kinds: the files by their names without ending, for "images" and, if there are
            such folders, "scribbles" and "labels".
        problems: files without a partner are appended here. Where there are scribbles,
            an image needs no mask.

    Returns:
        The files of each image by its name without ending.
    """
    images = kinds["images"]
    for kind, files in kinds.items():
        optional = kind == "labels" and files and "scribbles" in kinds
        for stem in () if optional else images.keys() - files.keys():
            problems.append(
                f"images/{images[stem].name}: has no partner {kind}/{stem}.png"
            )
        for stem in files.keys() - images.keys():
            problems.append(f"{kind}/{files[stem].name}: has no image of that name")
    problems.sort()
    return {
        stem: Files(
            path,
            kinds.get("scribbles", {}).get(stem),
            kinds.get("labels", {}).get(stem),
        )
        for stem, path in images.items()
    }


def check_files(
    examples: Iterable[Files],
    num_classes: int | None,
    palette: np.ndarray,
    ignore_ids: tuple[int, ...] = (),
    ignore_colors: Colors = (),
    form: ImageForm = RGB,
) -> list[Finding]:
    """Reads every file, several at a time, to find those that are wrong.

    Label maps are decoded; of images in 8-bit RGB only the header is, see
    `inspect_image`.

    Args:
        examples: the files of each example.
        num_classes: labels must be below it or be 255; None allows any label.
        palette: uint8 (K, 3), the colours of label maps in RGB.
        ignore_ids: labels that mean 255, too.
        ignore_colors: colours that mean 255, too.
        form: the form of the images.

    Returns:
        A finding for each example, in order.
    """
    examples = list(examples)
    starts = range(0, len(examples), _AT_A_TIME)

    def inspect(path):
        return inspect_label_map(path, palette, ignore_ids, ignore_colors)

    def check_some(start):
        some = examples[start : start + _AT_A_TIME]
        return [_check(files, form, inspect, num_classes) for files in some]

    workers = min(32, os.cpu_count() or 1)  # More of them contend for the interpreter.
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return [finding for some in pool.map(check_some, starts) for finding in some]


def _check(files, form, inspect, num_classes):
    """Checks the files of one example."""
    problems = []
    counts = {"scribbles": {}, "labels": {}}
    size, extremes = (0, 0), None
    try:
        size, extremes = form.inspect(files.image)
    except FileError as problem:
        folder = files.image.parent.name
        problems.append(f"{folder}/{files.image.name}: {problem}")
    for kind, path in (("scribbles", files.scribble), ("labels", files.mask)):
        if path is None:
            continue
        try:
            shape, counts[kind] = inspect(path)
            _check_labels(kind, shape, counts[kind], size, num_classes)
        except FileError as problem:
            problems.append(f"{kind}/{path.name}: {problem}")
    return Finding(problems, size, counts["scribbles"], counts["labels"], extremes)


def _check_labels(kind, shape, counts, size, num_classes):
    """Raises a `FileError` if a label map has the wrong size or wrong labels."""
    if size != (0, 0) and shape != size:
        turned = " (turned by a quarter?)" if shape == size[::-1] else ""
        raise FileError(
            f"is {shape[1]} x {shape[0]} px, its image {size[1]} x {size[0]} px{turned}"
        )
    ids = sorted(counts.keys() - {IGNORE_LABEL})
    if kind == "scribbles" and not ids:
        raise FileError("has no labelled pixel (all are 255)")
    if num_classes is not None and ids and ids[-1] >= num_classes:
        wrong = ", ".join(str(i) for i in ids if i >= num_classes)
        raise FileError(
            f"has label {wrong:.40}, outside 0 to {num_classes - 1} and not 255; if it "
            "marks pixels without a label, name it by `ignore_ids` (flag --ignore_id)"
        )
