"""Decoders of run-length codes: Label Studio's, CVAT's and both of COCO.

Each takes what a file holds, trusts none of it, and uses memory for the pixels of the
mask only.
"""

from collections.abc import Sequence

import numpy as np

from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.values import MOST_PIXELS, check_size


class _Bits:
    """Reads numbers from a stream of bits, the most significant one first."""

    def __init__(self, content: bytes):
        self._content, self._place = content, 0

    def read(self, count: int) -> int:
        start, self._place = self._place, self._place + count
        end = (self._place + 7) // 8
        if end > len(self._content):
            raise ShapeError("has an RLE that ends too early")
        number = int.from_bytes(self._content[start // 8 : end], "big")
        return number >> (8 * end - self._place) & ((1 << count) - 1)

    def left(self) -> int:
        return 8 * len(self._content) - self._place


def decode_brush(code: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """Decodes a brush of Label Studio, thi.ng's rle-pack of RGBA values.

    Args:
        code: the bytes, 0 to 255 each.
        size: (height, width) of the image.

    Returns:
        bool (H, W), true where the alpha value is above 0.

    Raises:
        ShapeError: if the code is damaged or has another number of values.
    """
    try:
        bits = _Bits(bytes(code))
    except (TypeError, ValueError) as error:
        raise ShapeError("has an RLE that is no list of bytes") from error
    if not bits.left():
        raise ShapeError("has an empty RLE")
    height, width = size
    count, expected = bits.read(32), 4 * height * width
    if count != expected:
        raise ShapeError(
            f"has an RLE of {count} values; an image of {width} x {height} px has "
            f"{expected}"
        )
    word = bits.read(5) + 1
    widths = [bits.read(4) + 1 for _ in range(4)]
    painted, lengths, place = [], [], 0
    while place < count:
        repeats = bits.read(1)
        run = bits.read(widths[bits.read(2)]) + 1
        if place + run > count:
            raise ShapeError("has an RLE with more values than it says")
        if repeats:
            painted.append(bits.read(word) > 0)
            # Every fourth value is an alpha value.
            lengths.append((place + run) // 4 - place // 4)
        else:
            for value in range(place, place + run):
                number = bits.read(word)
                if value % 4 == 3:
                    painted.append(number > 0)
                    lengths.append(1)
        place += run
    return np.repeat(np.array(painted, bool), lengths).reshape(size)


def decode_runs(runs: np.ndarray, size: tuple[int, int], order: str) -> np.ndarray:
    """Decodes runs that are in turn background and mask; the first is background.

    Args:
        runs: int (n,), the lengths in pixels.
        size: (height, width) of the mask.
        order: "C" if runs follow rows (CVAT), "F" if they follow columns (COCO).

    Returns:
        bool (height, width).

    Raises:
        ShapeError: if the runs do not add up to the pixels of the mask.
    """
    pixels = size[0] * size[1]
    if len(runs) and (runs.min() < 0 or runs.max() > pixels):
        raise ShapeError("has an RLE with a run that is negative or too long")
    if int(runs.sum()) != pixels:
        raise ShapeError(
            f"has an RLE of {int(runs.sum())} pixels; {size[1]} x {size[0]} px have "
            f"{pixels}"
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(size, order=order)


def decode_cvat(text: str, size: tuple[int, int]) -> np.ndarray:
    """Decodes `rle` of CVAT's XML: "3, 5, 7", row by row inside the mask's box."""
    try:
        runs = np.array([int(part) for part in text.split(",")], np.int64)
    except (ValueError, OverflowError) as error:
        raise ShapeError("has an RLE that is no list of whole numbers") from error
    return decode_runs(runs, size, "C")


def decode_coco(counts: object, size: tuple[int, int]) -> np.ndarray:
    """Decodes `counts` of COCO, a list of numbers or a string, column by column.

    Returns:
        bool (height, width).

    Raises:
        ShapeError: if the counts are damaged.
    """
    if isinstance(counts, str):
        numbers = _uncompress(counts)
    elif isinstance(counts, list) and all(type(count) is int for count in counts):
        numbers = counts
    else:
        raise ShapeError("has an RLE that is neither a string nor whole numbers")
    if any(not 0 <= number <= MOST_PIXELS for number in numbers):
        raise ShapeError("has an RLE with a run that is negative or too long")
    return decode_runs(np.array(numbers, np.int64), size, "F")


def _uncompress(text: str) -> list[int]:
    """Returns the counts in a string: groups of 5 bits, most of them differences."""
    counts: list[int] = []
    number = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift > 60:
            raise ShapeError("has a compressed RLE that is damaged")
        number |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            number -= 1 << shift
        if len(counts) > 2:
            number += counts[-2]
        counts.append(number)
        number = shift = 0
    if shift:
        raise ShapeError("has a compressed RLE that ends too early")
    return counts


def coco_size(size: object) -> tuple[int, int]:
    """Returns (height, width) of an RLE of COCO.

    Raises:
        ShapeError: if it is no such pair, or too large.
    """
    if not isinstance(size, list) or len(size) != 2:
        raise ShapeError("has an RLE without its size [height, width]")
    return check_size(size[0], size[1])
