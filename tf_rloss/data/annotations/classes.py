"""The classes of an import: their order, names and colours, and who becomes which."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.shapes import IGNORED, Annotations, Color, Shape
from tf_rloss.data.annotations.values import clean
from tf_rloss.data.source import DataError
from tf_rloss.labels import IGNORE_LABEL, voc_palette

BACKGROUND = "background"
OBJECT = "object"
_SPELLINGS = ("background", "_background_", "__background__", "bg")
_VOID = (224, 224, 192)

ADDED = "classes are added (--background=NAME names a class of the file instead)"
NO_CLASSES = "files have no classes; all shapes are of the class object"
UNCLASSIFIED = (
    "shapes without a class are left out (--unclassified=NAME gives them one)"
)
SEVERAL_CLASSES = "shapes of several classes are left out"
NOT_CHOSEN = "shapes of classes that --classes does not name are left out"
UNUSED = "classes have no shape"


class ClassPlan(NamedTuple):
    """The classes that are written, and the labels of those in the file."""

    names: tuple[str, ...]
    palette: np.ndarray
    """uint8 (K, 3)."""
    label_of: dict[str, int]
    """Label of each class in the file; absent are those that are not imported."""
    unclassified: str | None
    background: bool
    """Whether label 0 is the background."""

    def label(self, shape: Shape, report: Report) -> int | None:
        """Returns the label of a shape; None, with a note, if it has none."""
        names = shape.names
        if not names and self.unclassified is not None:
            names = (self.unclassified,)
        if not names:
            report.add(UNCLASSIFIED, shape.where)
            return None
        known = {self.label_of[name] for name in names if name in self.label_of}
        if len(known) > 1:
            report.add(SEVERAL_CLASSES, f"{shape.where}: {', '.join(names)}")
            return None
        if not known:
            report.add(NOT_CHOSEN, f"{shape.where}: {', '.join(names)}")
            return None
        return known.pop()


class Renaming(NamedTuple):
    """One entry of `--classes`, `NEW` or `NEW=OLD`."""

    name: str
    old: str


def parse_classes(entries: Iterable[str]) -> list[Renaming]:
    """Returns the entries of `--classes`.

    Args:
        entries: each is the name of a class in the file, or `new name=name in the
            file`; several with the same new name are merged.

    Raises:
        DataError: if an entry lacks a name, or a class is in two entries.
    """
    found = []
    for entry in entries:
        name, _, old = entry.partition("=")
        name, old = clean(name), clean(old or name)
        if not name or not old:
            raise DataError(f"--classes has the entry {entry!r} without a name.")
        found.append(Renaming(name, old))
    olds = [renaming.old for renaming in found]
    twice = sorted({old for old in olds if olds.count(old) > 1})
    if twice:
        raise DataError(f"--classes names twice: {', '.join(twice)}")
    return found


def plan_classes(
    annotations: Annotations,
    renamings: Sequence[Renaming],
    background: str | None,
    unclassified: str | None,
    inputs: Inputs,
) -> ClassPlan:
    """Decides on the classes.

    The class of the background is number 0; it is the one that `background` names, or
    that is spelled like it, or an added one. The others follow in the order of
    `renamings`, else of the file's own list, else of their first shapes.

    Args:
        annotations: what the reader has found.
        renamings: the classes to import, in order; empty: all.
        background: name of the class of the background, as it is written; "": the
            first class is number 0, and there is no background.
        unclassified: class of shapes that have none.
        inputs: gets notes on the classes.

    Raises:
        DataError: if names do not occur, or there are too many or too few classes.
    """
    report = inputs.report
    shapes = [shape for image in annotations.images for shape in image.shapes]
    occurring = dict.fromkeys(name for shape in shapes for name in shape.names)
    found = [*dict.fromkeys([*annotations.classes, *occurring])]
    if shapes and not found and unclassified is None:
        report.add(NO_CLASSES, f"all {len(shapes)} shapes")
        unclassified = OBJECT
    if unclassified is not None and unclassified not in found:
        found.append(unclassified)
    unknown = sorted({r.old for r in renamings} - set(found))
    if unknown:
        raise DataError(
            f"--classes names {', '.join(unknown)}, which do not occur. Found: "
            f"{', '.join(found[:50])}"
        )
    found = [name for name in found if name != IGNORED]
    new_name = {r.old: r.name for r in renamings} or {name: name for name in found}
    names = [*dict.fromkeys(r.name for r in renamings)] or found
    names, has_background = _with_background(names, background, report)
    if not 2 <= len(names) <= IGNORE_LABEL:
        raise DataError(
            f"There must be 2 to {IGNORE_LABEL} classes with the background, and there "
            f"are {len(names)}: {', '.join(names[:10])}"
        )
    label_of = {old: names.index(new) for old, new in new_name.items() if new in names}
    used = {label_of.get(name) for name in (*occurring, unclassified)}
    for label, name in enumerate(names):
        if label not in used and not (label == 0 and has_background):
            report.add(UNUSED, name)
    label_of[IGNORED] = IGNORE_LABEL
    colors = {
        label_of[old]: color
        for old, color in annotations.classes.items()
        if old in label_of and color is not None
    }
    palette = _palette(len(names), colors, has_background)
    return ClassPlan(tuple(names), palette, label_of, unclassified, has_background)


def _with_background(
    names: list[str], background: str | None, report: Report
) -> tuple[list[str], bool]:
    """Returns the names with that of the background first, and whether it is there."""
    if background == "":
        return names, False
    if background is not None:
        if background not in names:
            raise DataError(
                f"--background={background} is no class. Found: {', '.join(names[:50])}"
            )
        return [background, *(name for name in names if name != background)], True
    spelled = [name for name in names if name.lower() in _SPELLINGS]
    if spelled:
        return [spelled[0], *(name for name in names if name != spelled[0])], True
    report.add(ADDED, BACKGROUND)
    return [BACKGROUND, *names], True


def _palette(count: int, colors: dict[int, Color], background: bool) -> np.ndarray:
    """Returns different colours for all classes: the file's, else those of VOC."""
    free = [tuple(color) for color in voc_palette(256).tolist()]
    used: set[Color] = {_VOID}
    chosen: list[Color] = []
    for label in range(count):
        options = [colors.get(label), free[label], *free[1:], *_more_colors()]
        # Colours of the file are kept for their own class.
        taken = set(colors.values()) - {colors.get(label)} | used
        color = next(c for c in options if c is not None and c not in taken)
        if label == 0 and background:
            color = free[0]
        used.add(color)
        chosen.append(color)
    return np.array(chosen, np.uint8)


def _more_colors() -> Iterable[Color]:
    """Returns colours beyond VOC's, for files that use up all of them."""
    return ((n % 256, n // 256 + 1, 7) for n in range(1 << 15))


def class_lines(plan: ClassPlan) -> str:
    """Returns the text of classes.txt, a line `name R G B` for each class."""
    rows = zip(plan.names, plan.palette.tolist(), strict=True)
    return "".join(f"{name} {' '.join(map(str, color))}\n" for name, color in rows)
