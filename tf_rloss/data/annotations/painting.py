"""Paints the shapes of an image into a map of strokes and a map of masks."""

from typing import NamedTuple

import numpy as np
import scipy.ndimage

from tf_rloss.data.annotations.classes import ClassPlan
from tf_rloss.data.annotations.geometry import Clicks, Line, Patch
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.shapes import AnnotatedImage, Kind
from tf_rloss.data.scribbles.strokes import CLICK_DIAMETER
from tf_rloss.labels import IGNORE_LABEL

OUTSIDE = "points outside of their image are left out"
EMPTY = "shapes cover no pixel"
ON_TOP = "images have pixels of two classes: those of the later shape count"
CONTESTED = "images have pixels of two classes, which get no label"
BOXES = "boxes say that what lies outside of them is background, and nothing else"
UNBOXED = (
    "images have strokes or clicks of objects outside of their boxes: the background "
    "near these is doubtful (--noboxes leaves it out)"
)
BOXES_WITHOUT_BACKGROUND = "boxes say nothing, since there is no background class"

_NONE, _CONTESTED = IGNORE_LABEL, 256


class Settings(NamedTuple):
    """How shapes are painted."""

    line_width: float
    """Width of lines in pixels."""
    boxes: bool
    """Whether what lies outside the boxes of an image is background."""
    fill_background: bool
    """Whether pixels of masks that no shape covers are background."""
    painted: str | None
    """Where brushes and masks go, "scribbles" or "labels"; None: as their kind says."""


class Painting(NamedTuple):
    """What becomes of one image."""

    scribble: np.ndarray
    """uint8 (H, W), strokes, clicks and the background around boxes; 255 elsewhere."""
    mask: np.ndarray | None
    """uint8 (H, W), 255 elsewhere; None without polygons and masks."""
    clicks: np.ndarray
    """float (n, 3), row, column and class; (0, 0) is the centre of the first pixel."""
    counts: dict[Kind, int]
    """Number of shapes of each kind."""


class _Map:
    """A label map that notes which pixels two classes claim."""

    def __init__(self, size: tuple[int, int], later_on_top: bool):
        self.labels = np.full(size, _NONE, np.int16)
        self.covered = np.zeros(size, bool)
        self.used = False
        self.contested = 0
        self._later_on_top = later_on_top

    def paint(self, patch: Patch, label: int) -> None:
        rows, columns = patch.mask.shape
        place = np.s_[patch.top : patch.top + rows, patch.left : patch.left + columns]
        before, mask = self.labels[place], patch.mask
        others = mask & self.covered[place] & (before != label) & (before != _CONTESTED)
        self.contested += int(others.sum())
        if self._later_on_top:
            before[mask] = label
        else:
            before[mask & ~self.covered[place]] = label
            before[others] = _CONTESTED
        self.covered[place] |= mask
        self.used = True

    def result(self) -> np.ndarray:
        return np.minimum(self.labels, _NONE).astype(np.uint8)


def paint(
    image: AnnotatedImage,
    size: tuple[int, int],
    plan: ClassPlan,
    settings: Settings,
    later_on_top: bool,
    report: Report,
) -> Painting:
    """Paints an image; everything unusual is noted.

    Args:
        image: the image and its shapes.
        size: its (height, width).
        plan: the labels of the classes.
        settings: how to paint.
        later_on_top: whether later shapes cover earlier ones; if not, pixels of two
            classes get no label.
        report: gets the notes.
    """
    strokes, masks = (_Map(size, later_on_top) for _ in range(2))
    clicks: list[tuple[float, float, int]] = []
    boxes: list[Patch] = []
    counts: dict[Kind, int] = {}
    for shape in image.shapes:
        label = plan.label(shape, report)
        if label is None:
            continue
        with report.faults(shape.where):
            if isinstance(shape.geometry, Clicks) and label != IGNORE_LABEL:
                for x, y in _inside(shape, size, report):
                    # points.json counts from the centre of the first pixel.
                    clicks.append((y - 0.5, x - 0.5, label))
                    disc = Line(np.array([[x, y]])).draw(size, CLICK_DIAMETER)
                    strokes.paint(disc, label)
            elif not isinstance(shape.geometry, Clicks):
                patch = shape.geometry.draw(size, settings.line_width)
                if not patch.mask.any():
                    report.add(EMPTY, shape.where)
                    continue
                if shape.kind == "box":
                    boxes.append(patch)
                elif _goes_to_labels(shape.kind, settings):
                    masks.paint(patch, label)
                else:
                    strokes.paint(patch, label)
            counts[shape.kind] = counts.get(shape.kind, 0) + 1
    for found, name in ((strokes, "strokes"), (masks, "masks")):
        if found.contested:
            kind = ON_TOP if later_on_top else CONTESTED
            report.add(kind, f"{image.name}, {name}: {found.contested} px")
    scribble = strokes.result()
    if boxes and settings.boxes:
        _paint_outside(boxes, scribble, strokes, masks, image.name, plan, report)
    mask = masks.result() if masks.used else None
    if mask is not None and settings.fill_background and plan.background:
        mask[~masks.covered] = 0
    return Painting(scribble, mask, np.array(clicks).reshape(-1, 3), counts)


def _goes_to_labels(kind: Kind, settings: Settings) -> bool:
    if kind in ("mask", "brush") and settings.painted is not None:
        return settings.painted == "labels"
    return kind in ("mask", "outline")


def _inside(shape, size, report):
    """Returns x and y of those points of a shape that lie in the image."""
    found = []
    for x, y in shape.geometry.points.tolist():
        if 0 <= x <= size[1] and 0 <= y <= size[0]:
            # A point on the far edge belongs to the last pixel.
            found.append((min(x, size[1] - 0.5), min(y, size[0] - 0.5)))
        else:
            report.add(OUTSIDE, f"{shape.where}: {x:g}, {y:g}")
    return found


def _paint_outside(boxes, scribble, strokes, masks, name, plan, report):
    """Makes what lies outside of all boxes and shapes background."""
    if not plan.background:
        report.add(BOXES_WITHOUT_BACKGROUND, name, len(boxes))
        return
    inside = np.zeros(scribble.shape, bool)
    for patch in boxes:
        rows, columns = patch.mask.shape
        inside[patch.top : patch.top + rows, patch.left : patch.left + columns] |= (
            patch.mask
        )
    objects = (scribble != IGNORE_LABEL) & (scribble != 0)
    regions, count = scipy.ndimage.label(objects, np.ones((3, 3)))
    boxed = np.unique(regions[objects & (inside | masks.covered)])
    if len(boxed) < count:
        report.add(UNBOXED, f"{name}: {count - len(boxed)} strokes or clicks")
    scribble[~inside & ~masks.covered & ~strokes.covered] = 0
    report.add(BOXES, name, len(boxes))
