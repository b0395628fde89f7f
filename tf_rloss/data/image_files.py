"""Opens, reads and checks image files of 8 bits in PNG, JPEG and WebP."""

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".png", ".jpg", ".jpeg")
IMAGE_SUFFIXES = (*SUFFIXES, ".webp", ".tif", ".tiff")
"""Endings of the images in a folder; label maps are PNG or JPEG."""
FORMATS = ("PNG", "JPEG")
"""Formats by Pillow's names. It opens MPO, two JPEGs in one file, as JPEG, too:
several cameras write it into .jpg files."""

# Kinds that are named in messages. Pillow hands EPS files to other programs, so that
# no file is opened as one.
_OTHER_FORMATS = ("BMP", "GIF", "TIFF", "WEBP", "PPM", "ICO", "TGA")
# Names of the parts of a PNG file that can say that the image is to be turned.
_TURNS = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
_END = 4096  # bytes, of which cameras leave some empty after the end of a JPEG
_GIVE_CHANNELS = (
    "save it as 8-bit RGB or grey, or say how many channels the images have "
    "(`ImageForm(channels=...)`, flag --channels)"
)
_IMAGE_MODES = ("RGB", "RGBA", "L", "LA", "P", "CMYK", "YCbCr")


class FileError(ValueError):
    """Raised for a file that is wrong; the message continues after the file's name."""


@contextlib.contextmanager
def damage_named() -> Iterator[None]:
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


def read_file(path: Path) -> bytes:
    """Reads an image or label file.

    Raises:
        FileError: if the file is empty or cannot be read.
    """
    with damage_named():
        content = path.read_bytes()
        if not content:
            raise FileError("is empty (0 bytes)")
        return content


def open_image(content: bytes, *, webp: bool = False) -> Image.Image:
    """Opens the content of an image or label file without decoding it.

    Args:
        content: the bytes of the file.
        webp: whether it may be WebP, too.

    Raises:
        FileError: if it is damaged, or neither PNG nor JPEG.
    """
    formats = (*FORMATS, "WEBP") if webp else FORMATS
    with damage_named():
        try:
            return Image.open(io.BytesIO(content), formats=formats)
        except UnidentifiedImageError:
            with Image.open(io.BytesIO(content), formats=_OTHER_FORMATS) as picture:
                kind = picture.format
        wanted = "PNG, JPEG or WebP" if webp else "PNG or JPEG"
        raise FileError(f"must be {wanted}, and is {kind}")


def decode(picture: Image.Image) -> None:
    """Decodes all pixels.

    Raises:
        FileError: if the file is cut off or damaged.
    """
    with damage_named():
        picture.load()


def read_image(path: Path, scale: float = 1.0) -> np.ndarray:
    """Reads an image as RGB, turned upright by its EXIF orientation.

    Args:
        path: PNG, JPEG or WebP file. Grey, indexed and CMYK images become RGB, and an
            alpha channel is dropped.
        scale: zoom, with antialiasing where it is below 1.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        FileError: if the file is of another kind, or is damaged.
    """
    with open_image(read_file(path), webp=True) as picture:
        upright = _upright(picture)
    if scale != 1.0:
        size = tuple(max(1, round(side * scale)) for side in upright.size)
        upright = upright.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(upright)


def read_reduced(path: Path, max_side: int) -> Image.Image:
    """Reads an image as `read_image` does, for a screen: quickly and not too large.

    Args:
        path: PNG or JPEG file.
        max_side: longer side in pixels that larger images are reduced to.

    Returns:
        The upright RGB image.

    Raises:
        FileError: if the file is neither PNG nor JPEG, or is damaged.
    """
    with open_image(read_file(path)) as picture:
        factor = max_side / max(picture.size)
        # A JPEG is decoded at a half, a quarter or an eighth of its size.
        picture.draft("RGB", tuple(math.ceil(side * factor) for side in picture.size))
        upright = _upright(picture)
    upright.thumbnail((max_side, max_side), Image.Resampling.BOX)
    return upright


def _upright(picture: Image.Image) -> Image.Image:
    """Decodes a picture as RGB, and turns it by its EXIF orientation.

    Label maps are drawn on the upright image, which the file can store turned.
    """
    decode(picture)
    with damage_named():
        return ImageOps.exif_transpose(picture).convert("RGB")


def inspect_image(path: Path) -> tuple[int, int]:
    """Looks for damage in an image, and returns its upright (height, width).

    This costs little, whatever the number of pixels: a PNG file is compared with its
    checksums. A JPEG file has none, and is decoded only where its end is missing.

    Raises:
        FileError: if the file is of another kind, is damaged, or holds anything but
            colours or greys of 8 bits.
    """
    content = read_file(path)
    if path.suffix.lower() in (".tif", ".tiff"):
        raise FileError(f"is a TIFF file; {_GIVE_CHANNELS}")
    with open_image(content, webp=True) as picture:
        if picture.mode not in _IMAGE_MODES:
            raise FileError(f"has mode {picture.mode!r}; {_GIVE_CHANNELS}")
        width, height = picture.size
        orientation = 1
        with damage_named():
            if picture.format == "WEBP":
                orientation = picture.getexif().get(0x0112, 1)
                picture.load()
            elif picture.format != "PNG":
                orientation = picture.getexif().get(0x0112, 1)
                if not content[-_END:].rstrip(b"\0").endswith(b"\xff\xd9"):
                    picture.load()
            elif any(name in content for name in _TURNS):
                orientation = picture.getexif().get(0x0112, 1)  # decodes it, too
            else:
                picture.verify()
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)
