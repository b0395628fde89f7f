"""Checked values of a stranger's file: numbers, points, names, sizes."""

import base64
import binascii
import io
import math
import re
from collections.abc import Iterable

import numpy as np
from PIL import Image

from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.image_files import FORMATS

MOST_PIXELS = 1 << 27
"""Most pixels of an image, 134 million."""
_FARTHEST = 1e6
_MOST_BASE64 = 1 << 28

FAULTS = (
    ShapeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
)
"""What a reader meets in a file with other types or keys than it expects."""


def reason(error: Exception) -> str:
    """Returns the text of one of `FAULTS` for a message."""
    if isinstance(error, ShapeError):
        return str(error)
    if isinstance(error, KeyError):
        return f"lacks {error}"
    return f"is not as expected ({' '.join(str(error).split()):.120})"


def number(value: object, what: str = "a coordinate") -> float:
    """Returns a finite number of at most 1e6, given as number or text.

    Raises:
        ShapeError: if it is none.
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not abs(found) <= _FARTHEST:
        raise ShapeError(f"has {str(value)[:40]!r} as {what}")
    return found


def numbers(values: Iterable[object], what: str = "a coordinate") -> list[float]:
    """Returns several numbers."""
    if isinstance(values, str | dict):
        raise ShapeError(f"has {str(values)[:40]!r} in place of a list of numbers")
    return [number(value, what) for value in values]


def point_array(pairs: object, least: int) -> np.ndarray:
    """Returns float (n, 2) of pairs [x, y].

    Args:
        pairs: the pairs; further numbers of each are not used.
        least: the least number of points.

    Raises:
        ShapeError: if a number is wrong, or there are too few points.
    """
    if not isinstance(pairs, list | tuple):
        raise ShapeError("has no list of points")
    points = [numbers(pair)[:2] for pair in pairs]
    if len(points) < least or any(len(point) != 2 for point in points):
        raise ShapeError(f"needs {least} points or more, of x and y each")
    return np.array(points, float).reshape(-1, 2)


def check_size(height: object, width: object) -> tuple[int, int]:
    """Returns (height, width) as integers.

    Raises:
        ShapeError: if they are no whole numbers above 0, or too large together.
    """
    try:
        sides = [float(side) for side in (height, width) if not isinstance(side, bool)]
        sound = len(sides) == 2 and all(side >= 1 and side % 1 == 0 for side in sides)
    except (TypeError, ValueError, OverflowError):
        sound = False
    if not sound:
        raise ShapeError(f"has a size of {str(width)[:20]} x {str(height)[:20]} px")
    if sides[0] * sides[1] > MOST_PIXELS:
        raise ShapeError(
            f"has a size of {sides[1]:g} x {sides[0]:g} px, above the "
            f"{MOST_PIXELS >> 20} million pixels that are drawn"
        )
    return int(sides[0]), int(sides[1])


def class_names(value: object) -> tuple[str, ...]:
    """Returns the names in a text or a list of texts, without empty ones."""
    values = value if isinstance(value, list) else [value]
    names = (clean(entry) for entry in values if isinstance(entry, str | int))
    return tuple(dict.fromkeys(filter(None, names)))


def clean(name: object) -> str:
    """Returns a name on one line: control characters and outer spaces are dropped."""
    text = "".join(c if c.isprintable() else " " for c in str(name))
    return " ".join(text.split())[:200]


def hex_color(text: object) -> tuple[int, int, int] | None:
    """Returns the RGB colour "#fa3253", or None for another text."""
    if not (isinstance(text, str) and re.fullmatch("#[0-9a-fA-F]{6}", text.strip())):
        return None
    code = int(text.strip()[1:], 16)
    return code >> 16, code >> 8 & 255, code & 255


def from_base64(text: object) -> bytes:
    """Returns the bytes of a text in base64.

    Raises:
        ShapeError: if it is no such text.
    """
    if not isinstance(text, str) or len(text) > _MOST_BASE64:
        raise ShapeError("has no text in base64, or a very long one")
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise ShapeError("has a text that is no base64") from error


def open_picture(content: bytes) -> Image.Image:
    """Decodes a PNG or JPEG file in memory, of bounded size.

    Raises:
        ShapeError: if it is none, is damaged or is too large.
    """
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        check_size(picture.height, picture.width)
        picture.load()
    except ShapeError:
        raise
    except Exception as error:  # Pillow raises errors of many kinds.
        text = " ".join(str(error).split())
        raise ShapeError(f"has a picture that cannot be read ({text:.100})") from error
    return picture


def upright_size(content: bytes) -> tuple[int, int]:
    """Returns (height, width) of a PNG or JPEG file, turned by its EXIF orientation.

    Raises:
        ShapeError: if it is neither, damaged or too large.
    """
    picture = open_picture(content)
    turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return picture.size if turned else (picture.height, picture.width)


def picture_mask(picture: Image.Image) -> np.ndarray:
    """Returns bool (H, W): where a picture is opaque, or not 0 if it has no alpha."""
    if picture.mode in ("RGBA", "LA") or "transparency" in picture.info:
        return np.asarray(picture.convert("RGBA"))[..., 3] > 0
    pixels = np.asarray(picture)
    return pixels.any(axis=-1) if pixels.ndim == 3 else pixels > 0
