"""Classes in label images: the values, or colours, of their pixels.

PNG files, TIFF files and NIfTI slices hold strokes in the same form: one value means
that a pixel has no label, and each other value is a class.
"""

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from tf_rloss.data.annotations.geometry import Painted
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Color, Shape
from tf_rloss.data.annotations.values import hex_color
from tf_rloss.data.source import DataError
from tf_rloss.labels import IGNORE_LABEL

COLOR = 1 << 40
"""Added to 65536 R + 256 G + B, so that colours differ from values."""
TRANSPARENT = -(1 << 40)
"""Code of pixels without a label by their alpha value."""
_MOST_CODES = 254
_BACKGROUND = "background"

CHOSEN = "values mean no label (--unlabelled=VALUE chooses another one)"
TOO_MANY = (
    "files are left out, since they have too many values for classes: photographs, or "
    "strokes with soft edges, whose colours --classes must then name"
)
OTHER_VALUES = "values that --classes does not name get no label"
LABELLED_ZERO = "files have the value 0 beside 255: it is taken as the class background"


@dataclasses.dataclass
class LabelImage:
    """One image of codes."""

    name: str
    decode: Callable[[], np.ndarray]
    """Returns the codes, int64 (H, W); raises a `ShapeError` if they are damaged."""
    size: tuple[int, int]
    counts: dict[int, int]
    """Number of pixels of each code."""
    colors: dict[int, Color] = dataclasses.field(default_factory=dict)
    """Colour of each value in an indexed PNG."""
    photograph_names: tuple[str, ...] = ()
    photograph: np.ndarray | None = None
    file: Path | None = None
    """Its file, which then is nobody's photograph."""


def count_codes(codes: np.ndarray) -> dict[int, int]:
    """Returns the number of pixels of each code."""
    values, counts = np.unique(codes, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def gather(found: Iterable[LabelImage], inputs: Inputs) -> Annotations:
    """Returns the strokes of each class in label images.

    Colours count as values where all of them are grey. No label have transparent
    pixels, and those of the value `inputs.unlabelled`. If that is None, it is 255 where
    values other than 0 occur, too, and else 0 or black. Where pixels are transparent,
    black is a class.
    """
    images = [image for image in found if _is_usable(image, inputs)]
    inputs.photographs.exclude(image.file for image in images if image.file)
    codes = frozenset().union(*(image.counts for image in images))
    values = _plain_values(codes)
    counts: dict[int, int] = {}
    for code, count in (pair for image in images for pair in image.counts.items()):
        counts[values[code]] = counts.get(values[code], 0) + count
    empty = _empty_values(counts, inputs)
    _note_choice(counts, empty, inputs)
    names = {value: _name(value) for value in sorted(counts.keys() - empty)}
    if IGNORE_LABEL in empty and 0 in names:
        names[0] = _BACKGROUND
    classes: dict[str, Color | None] = {}
    for value, name in names.items():
        known = [i.colors[value] for i in images if value in i.colors]
        classes[name] = known[0] if known else hex_color(name)
    result = []
    for image in images:
        shapes, others = [], 0
        for code, count in sorted(image.counts.items()):
            name = names.get(values[code])
            if name in (inputs.wanted or classes):
                geometry = Painted(partial(_pixels_of, image.decode, code), whole=True)
                where = f"{image.name}, value {_name(values[code])}"
                shapes.append(Shape("brush", (name,), geometry, where))
            elif name is not None:
                others += count
        if others:
            inputs.report.add(OTHER_VALUES, f"{image.name}: {others} px")
        about = image.size, shapes, image.photograph_names, image.photograph
        result.append(AnnotatedImage(image.name, *about))
    return Annotations(result, classes, later_on_top=True)


def _is_usable(image: LabelImage, inputs: Inputs) -> bool:
    """Returns whether an image has so few codes that they can be classes."""
    names = (_name(code) for code in image.counts if code != TRANSPARENT)
    wanted = sum(not inputs.wanted or name in inputs.wanted for name in names)
    if wanted > _MOST_CODES + 2:  # 0 and 255 can mean no label
        inputs.report.add(TOO_MANY, f"{image.name}: {wanted} values")
        return False
    return True


def _plain_values(codes: Iterable[int]) -> dict[int, int]:
    """Returns the value of each code: that of grey colours if all colours are grey."""
    codes = set(codes)
    rgb = {code: code - COLOR for code in codes if code >= COLOR}
    grey = all(c >> 16 == c >> 8 & 255 == c & 255 for c in rgb.values())
    if grey and TRANSPARENT not in codes:
        return {
            code: rgb.get(code, code) & 255 if code in rgb else code for code in codes
        }
    return {code: code for code in codes}


def _name(value: int) -> str:
    """Returns "7" for a value and "#ff0000" for a colour."""
    return f"#{value - COLOR:06x}" if value >= COLOR else str(value)


def _empty_values(counts: dict[int, int], inputs: Inputs) -> set[int]:
    """Returns the values that mean no label."""
    text = inputs.unlabelled
    if text is None:
        if TRANSPARENT in counts:
            return {TRANSPARENT}
        others = any(c < COLOR and c not in (0, IGNORE_LABEL) for c in counts)
        if IGNORE_LABEL in counts and others:
            return {IGNORE_LABEL}
        return {0, COLOR}
    color = hex_color(text)
    if color is not None:
        red, green, blue = color
        code = COLOR + (red << 16 | green << 8 | blue)
        # Grey colours can have become values.
        return {TRANSPARENT, code, *([red] if red == green == blue else [])}
    try:
        return {TRANSPARENT, int(text)}
    except ValueError as error:
        raise DataError(
            "--unlabelled must be a whole number or a colour like #000000. "
            f"Received: {text}"
        ) from error


def _note_choice(counts: dict[int, int], empty: set[int], inputs: Inputs) -> None:
    total = sum(counts.values())
    if not total:
        return
    share = 100.0 * sum(counts.get(value, 0) for value in empty) / total
    used = [_name(v) for v in sorted(empty & counts.keys()) if v != TRANSPARENT]
    used += ["transparent"] if TRANSPARENT in counts else []
    what = " and ".join(used) or "none"
    inputs.report.add(CHOSEN, f"{what}: {share:.2f} % of the pixels")
    if IGNORE_LABEL in empty and counts.get(0):
        inputs.report.add(LABELLED_ZERO, f"{counts[0]} px in all")


def _pixels_of(decode, code):
    return decode() == code
