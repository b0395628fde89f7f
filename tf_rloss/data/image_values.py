"""Reads the numbers in image files: grey, colours or bands, of any number of bits."""

import io
from pathlib import Path

import numpy as np
import tensorflow as tf
import tifffile
from PIL import Image

from tf_rloss.data.image_files import (
    FileError,
    damage_named,
    open_image,
    read_file,
)

TIFF_SUFFIXES = (".tif", ".tiff")

_ORIENTATION = 0x0112
_PHOTOMETRIC = 262
_BLACK_IS_ZERO, _RGB = 1, 2  # values of that tag
_ALPHAS = (1, 2)  # kinds of extra samples in a TIFF file
# Turns an image (H, W, C) upright, by the number that EXIF and TIFF have for its
# orientation.
_TURNS = {
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: np.rot90(image),
}
_LUMA = (0.299, 0.587, 0.114)


def read_values(path: Path, channels: int) -> np.ndarray:
    """Reads an image as it is in its file, turned upright.

    Args:
        path: PNG, JPEG or WebP file, or TIFF file of one image.
        channels: number C of channels to return. An alpha channel is dropped, unless
            the file has C channels with it. Grey files are repeated for 3 channels, and
            colours become grey for 1. Any other number must be that of the file.

    Returns:
        Array (H, W, C) of the type in the file.

    Raises:
        FileError: if the file is of another kind or damaged, holds NaN or infinite
            numbers, or has another number of channels.
    """
    content = read_file(path)
    is_tiff = path.suffix.lower() in TIFF_SUFFIXES
    values, has_alpha, orientation = (_read_tiff if is_tiff else _read_picture)(content)
    if has_alpha and values.shape[-1] != channels:
        values = values[..., :-1]
    values = _TURNS.get(orientation, lambda image: image)(values)
    return np.ascontiguousarray(_with_channels(values, channels))


def _read_picture(content: bytes) -> tuple[np.ndarray, bool, int]:
    """Reads a PNG, JPEG or WebP file.

    Returns:
        The values (H, W, C), whether the last channel is alpha, and the orientation.
    """
    with open_image(content, webp=True) as picture, damage_named():
        picture.load()
        orientation = picture.getexif().get(_ORIENTATION, 1)
        # Pillow reads colours of 16 bits as 8. The header has their bits and kind.
        if picture.format == "PNG" and content[24] == 16 and content[25] in (2, 4, 6):
            values = tf.io.decode_png(content, dtype=tf.uint16).numpy()
            return values, values.shape[-1] in (2, 4), orientation
        if picture.mode in ("I;16", "I;16B", "I"):
            values = np.asarray(picture).astype(np.uint16)
        elif picture.mode in ("L", "LA", "RGB", "RGBA"):
            values = np.asarray(picture)
        else:
            grey = picture.mode in ("1", "La")
            values = np.asarray(picture.convert("L" if grey else "RGB"))
    values = values.reshape(*values.shape[:2], -1)
    return values, values.shape[-1] in (2, 4), orientation


def _read_tiff(content: bytes) -> tuple[np.ndarray, bool, int]:
    """Reads a TIFF file; returns the same as `_read_picture`."""
    with damage_named(), tifffile.TiffFile(io.BytesIO(content)) as file:
        page, series = file.pages[0], file.series[0]
        _check_values_mean_light(page)
        try:
            values, axes = series.asarray(), series.axes
        except Exception as error:
            if "imagecodecs" not in str(error):
                raise
            raise FileError(
                f"is compressed ({page.compression.name}), which needs a package: pip "
                "install imagecodecs; or save it with Deflate or without compression"
            ) from error
        has_alpha = bool(page.extrasamples) and page.extrasamples[-1] in _ALPHAS
        tag = page.tags.get(_ORIENTATION)
    if values.dtype == bool:
        values = values.astype(np.uint8) * np.uint8(255)
    shape = values.shape
    kept = [i for i, axis in enumerate(axes) if axis in "YX" or shape[i] > 1]
    others = [i for i in kept if axes[i] not in "YX"]
    if not {"Y", "X"} <= set(axes) or len(others) > 1:
        raise FileError(
            "must hold one image (H, W), (H, W, C) or (C, H, W), and has the shape "
            f"{shape} with the axes {axes}"
        )
    values = np.moveaxis(values, others, [-1] * len(others))
    values = values.reshape(*(shape[axes.index(axis)] for axis in "YX"), -1)
    if values.dtype.kind not in "uif":
        raise FileError(f"holds {values.dtype}, and must hold real numbers")
    if not np.all(np.isfinite(values)):
        raise FileError("holds NaN or infinite numbers")
    return values, has_alpha, 1 if tag is None else int(tag.value)


def _check_values_mean_light(page: tifffile.TiffPage) -> None:
    """Raises FileError where numbers are no intensities of grey, RGB or bands."""
    tag = page.tags.get(_PHOTOMETRIC)
    if tag is not None and tag.value not in (_BLACK_IS_ZERO, _RGB):
        raise FileError(
            f"stores its values as {tifffile.PHOTOMETRIC(tag.value).name}; save it as "
            "RGB, or as grey or bands with black as 0"
        )


def _with_channels(values: np.ndarray, channels: int) -> np.ndarray:
    """Returns (H, W, C) with another number of channels, where that is known."""
    found = values.shape[-1]
    if found == channels:
        return values
    if (found, channels) == (1, 3):
        return np.repeat(values, 3, axis=-1)
    if (found, channels) == (3, 1):
        grey = values @ np.array(_LUMA)
        grey = grey if values.dtype.kind == "f" else np.rint(grey)
        return grey[..., np.newaxis].astype(values.dtype)
    raise FileError(f"has {found} channels, and images must have {channels}")


def resize_image(
    image: np.ndarray,
    size: tuple[int, int],
    filter: Image.Resampling = Image.Resampling.BILINEAR,
) -> np.ndarray:
    """Resizes an image as Pillow does, with antialiasing.

    Args:
        image: uint8 (H, W, 3), or float32 (H, W, C).
        size: height and width of the result.
        filter: Pillow's filter.
    """
    if image.shape[:2] == tuple(size):
        return image
    planes = [image] if image.dtype == np.uint8 else np.moveaxis(image, -1, 0)
    resized = [
        np.asarray(Image.fromarray(plane).resize(size[::-1], filter))
        for plane in map(np.ascontiguousarray, planes)
    ]
    return resized[0] if image.dtype == np.uint8 else np.stack(resized, axis=-1)
