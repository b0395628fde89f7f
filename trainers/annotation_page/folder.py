"""The folder that is annotated: its photographs and classes."""

import dataclasses
import pathlib
import shutil
from collections.abc import Sequence

import numpy as np

from tf_rloss.data.folders.checks import list_files
from tf_rloss.data.folders.classes_file import (
    CLASSES_FILE,
    UNLABELLED,
    Classes,
    read_classes,
)
from tf_rloss.files import atomic_file, write_text
from tf_rloss.labels import IGNORE_LABEL, voc_palette

from ..datasets.folders import IMAGES, existing_folder
from ..errors import UserError

SCRIBBLES, MASKS = "scribbles", "labels"
_VIVID = (
    (230, 25, 75),
    (60, 180, 75),
    (0, 130, 200),
    (255, 225, 25),
    (240, 50, 230),
    (70, 240, 240),
    (245, 130, 48),
    (145, 30, 180),
)
"""Colours of the first objects of a new folder, since VOC's are dark. A folder that has
label maps keeps VOC's, which these may be drawn in."""


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph and its scribble, by the name that they share."""

    name: str
    image: pathlib.Path
    scribble: pathlib.Path


class Folder:
    """Photographs by their names, and the classes.

    No path is made of what the page asks for: a photograph is looked up by its name
    among those that lie in images/.

    Args:
        root: folder with images/.
        class_names: the classes, where classes.txt does not name them.

    Raises:
        UserError: if the classes are not named, or are named twice and differ.
        DataError: if classes.txt is wrong.
    """

    def __init__(self, root: pathlib.Path, class_names: Sequence[str] | None = None):
        self.root = root.resolve()
        self.classes = _find_classes(self.root, class_names)
        self._photographs: dict[str, Photograph] = {}
        self.problems: list[str] = []
        self.refresh()

    @property
    def palette(self) -> np.ndarray:
        """uint8 (K, 3), the colours of the classes."""
        return self.classes.palette[: len(self.classes.names)]

    def refresh(self) -> list[Photograph]:
        """Lists the photographs by their names; no file is opened."""
        problems: list[str] = []
        found = {}
        for name, path in list_files(self.root / IMAGES, problems).items():
            if self.holds(path):
                scribble = self.root / SCRIBBLES / f"{name}.png"
                found[name] = Photograph(name, path, scribble)
            else:
                problems.append(f"{IMAGES}/{path.name}: is a link out of the folder")
        self._photographs, self.problems = found, problems
        return list(found.values())

    def done(self) -> set[str]:
        """Returns the names of the photographs that have a scribble."""
        return {path.stem for path in (self.root / SCRIBBLES).glob("[!.]*.png")}

    def find(self, name: str) -> Photograph:
        """Returns a photograph.

        Raises:
            KeyError: if there is none of that name, or its files are links that lead
                out of the folder.
        """
        photograph = self._photographs[name]
        if not (self.holds(photograph.image) and self.holds(photograph.scribble)):
            raise KeyError(name)
        return photograph

    def holds(self, path: pathlib.Path) -> bool:
        """Returns whether a path, once links are followed, lies in the folder.

        Where images/ or scribbles/ is itself a link, its owner meant what it leads to.
        """
        if not path.is_symlink():
            return True
        target = path.resolve()
        roots = (self.root, path.parent.resolve())
        return any(target.is_relative_to(root) for root in roots)


def find_root(data_dir: str, input_dir: str | None) -> pathlib.Path:
    """Returns the folder with images/, after the photographs were copied into it.

    Args:
        data_dir: the folder, or one with train/.
        input_dir: folder of photographs to copy, if any.

    Raises:
        UserError: if a folder is missing or has no photograph.
    """
    root = pathlib.Path(data_dir)
    if not (root / IMAGES).is_dir() and (root / "train" / IMAGES).is_dir():
        root = root / "train"
    if input_dir is not None:
        _copy_photographs(existing_folder("input_dir", input_dir), root / IMAGES)
    if not (root / IMAGES).is_dir():
        raise UserError(
            f"--data_dir must hold {IMAGES}/ with photographs, and {root} does not. "
            "--input_dir=DIR copies photographs there."
        )
    return root


def _copy_photographs(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies the photographs that are not there yet."""
    problems: list[str] = []
    found = list_files(source, problems)
    for problem in problems:
        print(f"Left out: {problem}")
    if not found:
        raise UserError(f"--input_dir={source} has no PNG or JPEG files.")
    there = list_files(target, []) if target.is_dir() else {}
    missing = [path for name, path in found.items() if name not in there]
    for path in missing:
        with atomic_file(target / path.name, durable=False) as temporary:
            shutil.copyfile(path, temporary)
    print(f"{len(missing)} photographs copied to {target}")


def _find_classes(root: pathlib.Path, given: Sequence[str] | None) -> Classes:
    """Returns the classes of the folder; writes classes.txt where there is none."""
    classes = read_classes(root)
    if classes.names:
        if given and tuple(given) != classes.names:
            raise UserError(
                f"--class_names={','.join(given)} contradicts {CLASSES_FILE}, which "
                f"names {', '.join(classes.names)}. Leave out the flag, or change the "
                "file."
            )
        return classes
    if not given:
        raise UserError(
            f"{root} has no {CLASSES_FILE}, which names the classes to draw. "
            "--class_names=background,cat,dog writes it."
        )
    names = [name.strip() for name in given]
    if (
        len(set(names)) != len(names)
        or not 2 <= len(names) <= IGNORE_LABEL
        or any(name.lower() in ("", *UNLABELLED) for name in names)
    ):
        raise UserError(
            "--class_names must be 2 to 255 different names, the background first. "
            f"Received: {','.join(given)}"
        )
    colours = voc_palette(len(names))
    if not any((root / kind).is_dir() for kind in (SCRIBBLES, MASKS)):
        colours[1 : 1 + len(_VIVID)] = _VIVID[: len(names) - 1]
    lines = [
        " ".join(map(str, (name, *colour)))
        for name, colour in zip(names, colours.tolist(), strict=True)
    ]
    write_text(root / CLASSES_FILE, "\n".join([*lines, ""]))
    return read_classes(root)


def classes_file(root: pathlib.Path) -> pathlib.Path:
    """Returns the file that `read_classes` reads for a folder that has one."""
    beside = root / CLASSES_FILE
    return beside if beside.is_file() else root.parent / CLASSES_FILE
