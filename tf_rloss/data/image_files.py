"""Image and label files: reading them, and saying what is wrong with one."""

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tf_rloss.labels import IGNORE_LABEL

SUFFIXES = (".png", ".jpg", ".jpeg")

_IMAGE_MODES = ("RGB", "RGBA", "L", "LA", "P", "CMYK", "YCbCr")
_COLOR_TYPE_GREY = 0
_VOID_COLOR = (224, 224, 192)


class FileError(ValueError):
    """What is wrong with one file, in words that follow its name."""


def open_image(path: Path) -> Image.Image:
    """Opens an image or label file without decoding it.

    Raises:
        FileError: if the file is empty, unreadable, or neither PNG nor JPEG.
    """
    if path.stat().st_size == 0:
        raise FileError("is empty (0 bytes)")
    try:
        picture = Image.open(path)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = str(error)
        if isinstance(error, UnidentifiedImageError):
            reason = "not an image"
        raise FileError(f"cannot be read: {reason}") from error
    # MPO is what several cameras write as .jpg: a JPEG with a second one behind.
    if picture.format not in ("PNG", "JPEG", "MPO"):
        picture.close()
        raise FileError(f"must be PNG or JPEG, and is {picture.format}")
    return picture


def _decode(picture):
    """Decodes all pixels, so that a truncated file is found."""
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise FileError(f"cannot be read: {error}") from error


def read_image(path: Path, scale: float = 1.0) -> np.ndarray:
    """Reads an image as RGB, turned upright by its EXIF orientation.

    Args:
        path: PNG or JPEG file; grey, indexed, CMYK and alpha images are converted
            (alpha is dropped).
        scale: zoom, with antialiasing where it is below 1.

    Returns:
        uint8 array (H, W, 3).
    """
    with open_image(path) as picture:
        _decode(picture)
        # Some files carry an orientation; a label map drawn on the upright picture
        # would lie crosswise to the stored one.
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    if scale != 1.0:
        size = tuple(max(1, round(side * scale)) for side in upright.size)
        upright = upright.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(upright)


def inspect_image(path: Path) -> tuple[int, int]:
    """Decodes an image to find damage; returns its upright (height, width)."""
    with open_image(path) as picture:
        if picture.mode not in _IMAGE_MODES:
            raise FileError(f"has mode {picture.mode!r}; save it as 8-bit RGB or grey")
        width, height = picture.size
        orientation = picture.getexif().get(0x0112, 1)
        # A JPEG decoded at an eighth of its size is read to its end all the same.
        picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))
        _decode(picture)
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)


def read_label_map(path: Path, palette: np.ndarray) -> np.ndarray:
    """Reads a label map from a grey, indexed or palette-coloured PNG.

    Args:
        path: 8-bit grey PNG (the value is the label), indexed PNG (the index is the
            label, whatever its colours), or RGB PNG in the colours of `palette`.
        palette: uint8 (K, 3), which RGB labels are looked up in; VOC's void colour
            (224, 224, 192) always means 255.

    Returns:
        uint8 array (H, W), 255 = unlabelled.

    Raises:
        FileError: if the file is not such a PNG, or a colour is in no palette.
    """
    with open_image(path) as picture:
        if picture.format != "PNG":
            raise FileError("is a JPEG, which blurs labels; save label maps as PNG")
        if picture.mode == "L" and _bit_depth(path) < 8:
            raise FileError(
                f"is a {_bit_depth(path)}-bit grey PNG, whose values readers stretch "
                "to 0..255; save it with 8 bits or indexed"
            )
        if picture.mode not in ("L", "P", "RGB"):
            raise FileError(
                f"has mode {picture.mode!r}; save label maps as indexed or 8-bit grey "
                "PNG"
            )
        _decode(picture)
        if picture.mode == "P":
            _check_numbering(picture, palette)
        pixels = np.asarray(picture)
    return pixels if pixels.ndim == 2 else _labels_of_colors(pixels, palette)


def _bit_depth(path):
    """Returns the bits per sample that a PNG's header declares."""
    with open(path, "rb") as file:
        header = file.read(26)
    return struct.unpack(">B", header[24:25])[0]


def _check_numbering(picture, palette):
    """Refuses an indexed PNG whose program re-numbered the palette."""
    colors = np.array(picture.getpalette("RGB"), np.uint8).reshape(-1, 3)
    histogram = picture.histogram()[: len(colors)]
    used = [i for i, count in enumerate(histogram) if count and i != IGNORE_LABEL]
    number_of = {tuple(color): i for i, color in enumerate(palette.tolist())}
    expected = {i: number_of.get(tuple(colors[i].tolist())) for i in used}
    if None in expected.values():
        return
    for index, number in expected.items():
        if index != number:
            raise FileError(
                f"has a re-numbered palette: index {index} has the colour of class "
                f"{number}; save it with the palette in the order of the classes, or "
                "as grey"
            )


def _labels_of_colors(pixels, palette):
    """Looks the colours of (H, W, 3) up in the palette."""
    codes = pixels.astype(np.int32) @ np.array([65536, 256, 1])
    known = np.vstack([palette, [_VOID_COLOR]]).astype(np.int32)
    labels = np.append(np.arange(len(palette)), IGNORE_LABEL).astype(np.uint8)
    known = known @ np.array([65536, 256, 1])
    # The first of two classes with one colour wins, whatever the order of sorting.
    known, first = np.unique(known, return_index=True)
    found = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    wrong = known[found] != codes
    if wrong.any():
        color = tuple(pixels[wrong][0].tolist())
        raise FileError(
            f"is an RGB label map with the colour {color}, which is not in the "
            "palette; save label maps as indexed or 8-bit grey PNG"
        )
    return labels[first][found]
