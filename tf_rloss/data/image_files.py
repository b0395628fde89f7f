"""Opens, reads and checks image files in PNG and JPEG."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")
"""Formats by Pillow's names. It opens MPO, two JPEGs in one file, as JPEG, too:
several cameras write it into .jpg files."""

# Kinds that are named in messages. Pillow hands EPS files to other programs, so that
# no file is opened as one.
_OTHER_FORMATS = ("BMP", "GIF", "TIFF", "WEBP", "PPM", "ICO", "TGA")
_IMAGE_MODES = ("RGB", "RGBA", "L", "LA", "P", "CMYK", "YCbCr")


class FileError(ValueError):
    """Raised for a file that is wrong; the message continues after the file's name."""


@contextlib.contextmanager
def _damage_named() -> Iterator[None]:
    """Turns whatever Pillow raises for a damaged file into a `FileError`."""
    try:
        yield
    except FileError:
        raise
    except UnidentifiedImageError as error:
        raise FileError("cannot be read: not an image") from error
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        raise FileError(f"cannot be read: {reason:.200}") from error


def open_image(path: Path) -> Image.Image:
    """Opens an image or label file without decoding it.

    Raises:
        FileError: if the file is empty, unreadable, or neither PNG nor JPEG.
    """
    with _damage_named():
        if path.stat().st_size == 0:
            raise FileError("is empty (0 bytes)")
        try:
            return Image.open(path, formats=FORMATS)
        except UnidentifiedImageError:
            with Image.open(path, formats=_OTHER_FORMATS) as picture:
                kind = picture.format
        raise FileError(f"must be PNG or JPEG, and is {kind}")


def decode(picture: Image.Image) -> None:
    """Decodes all pixels.

    Raises:
        FileError: if the file is cut off or damaged.
    """
    with _damage_named():
        picture.load()


def read_image(path: Path, scale: float = 1.0) -> np.ndarray:
    """Reads an image as RGB, turned upright by its EXIF orientation.

    Args:
        path: PNG or JPEG file. Grey, indexed and CMYK images become RGB, and an alpha
            channel is dropped.
        scale: zoom, with antialiasing where it is below 1.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        FileError: if the file is neither PNG nor JPEG, or is damaged.
    """
    with open_image(path) as picture:
        decode(picture)
        # Label maps are drawn on the upright image, which the file can store turned.
        with _damage_named():
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    if scale != 1.0:
        size = tuple(max(1, round(side * scale)) for side in upright.size)
        upright = upright.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(upright)


def inspect_image(path: Path) -> tuple[int, int]:
    """Decodes an image to find damage, and returns its upright (height, width).

    Raises:
        FileError: if the file is neither PNG nor JPEG, is damaged, or holds anything
            but colours or greys of 8 bits.
    """
    with open_image(path) as picture:
        if picture.mode not in _IMAGE_MODES:
            raise FileError(f"has mode {picture.mode!r}; save it as 8-bit RGB or grey")
        width, height = picture.size
        with _damage_named():
            orientation = picture.getexif().get(0x0112, 1)
        # This is faster, and reads a JPEG to its end all the same.
        picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))
        decode(picture)
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)
