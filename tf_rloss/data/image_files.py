"""Image and label files: reading them, and saying what is wrong with one."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".png", ".jpg", ".jpeg")

_IMAGE_MODES = ("RGB", "RGBA", "L", "LA", "P", "CMYK", "YCbCr")


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


def decode(picture):
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
        decode(picture)
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
        decode(picture)
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)
