"""Finds the photographs of annotations among the files of a folder."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from tf_rloss.data.annotations.documents import find_files
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.values import check_size
from tf_rloss.data.image_files import (
    FORMATS,
    SUFFIXES,
    FileError,
    inspect_image,
    open_image,
    read_file,
)

OTHER_SUFFIXES = (".tif", ".tiff", ".bmp", ".webp", ".gif")
ALL_SUFFIXES = (*SUFFIXES, *OTHER_SUFFIXES)
_OTHER_FORMATS = ("TIFF", "BMP", "WEBP", "GIF")
_AMBIGUOUS = "photographs are not used, since several files have that name"
_DAMAGED = "photographs cannot be read"


class Photographs:
    """The image files below a folder; nothing outside it is ever opened.

    Args:
        path: the folder, or one file, which then is the photograph of every image.
        report: gets a note for names that several files have, and damaged files.
    """

    def __init__(self, path: Path | None, report: Report):
        self._report = report
        self.single = path if path is not None and path.is_file() else None
        self.root = path
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._excluded: set[Path] = set()
        self._sizes: dict[Path, tuple[int, int] | None] = {}
        if path is not None and path.is_dir():
            for file in find_files(path, ALL_SUFFIXES):
                for key in {file.name.lower(), file.stem.lower()}:
                    self._by_name[key].append(file)

    def exclude(self, files: Iterable[Path]) -> None:
        """Names files that are masks or annotations, and no photographs."""
        self._excluded |= {file.resolve() for file in files}

    def find(self, names: Iterable[str]) -> Path | None:
        """Returns the file of an image.

        Args:
            names: the names that it can have, with or without folders and ending; the
                first that fits counts. Folders serve to choose among files of the same
                name, and lead nowhere else.
        """
        if self.single is not None:
            return self.single
        for name in names:
            parts = PurePosixPath(name.replace("\\", "/")).parts
            if not parts:
                continue
            found = self._by_name.get(parts[-1].lower(), [])
            found = [file for file in found if file.resolve() not in self._excluded]
            best = _best(found, parts)
            if len(best) > 1:
                listed = ", ".join(str(file) for file in best[:3])
                self._report.add(_AMBIGUOUS, f"{name}: {listed}")
                return None
            if best:
                return best[0]
        return None

    def size(self, names: Iterable[str]) -> tuple[int, int] | None:
        """Returns upright (height, width) of a photograph, None if there is none."""
        file = self.find(names)
        return None if file is None else self.size_of(file)

    def size_of(self, file: Path) -> tuple[int, int] | None:
        """Returns upright (height, width) of a file, None if it cannot be read."""
        if file not in self._sizes:
            self._sizes[file] = None
            try:
                self._sizes[file] = _size(file)
            except (FileError, ShapeError) as error:
                self._report.add(_DAMAGED, f"{file} {error}")
        return self._sizes[file]


def _best(files, parts):
    """Returns the files whose path ends with the most parts of a name."""

    def agreement(file):
        ends = zip(reversed(file.parts), reversed(parts), strict=False)
        same = [mine == other for mine, other in ends]
        return same.index(False) if False in same else len(same)

    most = max(map(agreement, files), default=0)
    return [file for file in files if agreement(file) == most]


def _size(file):
    """Returns upright (height, width), after the whole file was decoded."""
    if file.suffix.lower() in SUFFIXES:
        with open_image(read_file(file)) as picture:
            check_size(picture.height, picture.width)
        try:
            return inspect_image(file)
        except FileError:
            pass  # It can be of more than 8 bits.
    height, width = as_rgb(file)[0].shape[:2]
    return height, width


def is_ready(file: Path) -> bool:
    """Returns whether the folder's reader takes a PNG or JPEG file as it is."""
    if file.suffix.lower() not in SUFFIXES:
        return False
    try:
        inspect_image(file)
    except FileError:
        return False
    return True


def as_rgb(file: Path) -> tuple[np.ndarray, bool]:
    """Reads an image of another kind as 8-bit grey or RGB, upright.

    Returns:
        uint8 (H, W) or (H, W, 3), and whether intensities were scaled to 8 bits.

    Raises:
        FileError: if it cannot be read.
    """
    try:
        with Image.open(file, formats=(*_OTHER_FORMATS, *FORMATS)) as picture:
            check_size(picture.height, picture.width)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            if not upright.mode.startswith(("I", "F")):
                return np.asarray(upright.convert("RGB")), False
            return to_bytes(np.asarray(upright)), True
    except Exception as error:  # Pillow raises errors of many kinds.
        text = " ".join(str(error).split()) or type(error).__name__
        raise FileError(f"cannot be read: {text:.150}") from error


def to_bytes(values: np.ndarray) -> np.ndarray:
    """Returns numbers as uint8: the 0.5th percentile is 0, the 99.5th 255."""
    finite = np.nan_to_num(values.astype(np.float32))
    low, high = np.percentile(finite, (0.5, 99.5)).tolist()
    scaled = (finite - low) * (255.0 / max(high - low, 1e-12))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
