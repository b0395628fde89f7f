"""Pictures for the page: photographs in the size of a screen, strokes in colour."""

import io
import threading

import numpy as np
from PIL import Image

from tf_rloss.data.image_files import read_reduced
from tf_rloss.labels import IGNORE_LABEL

from .bounded_cache import BoundedCache
from .folder import Photograph

DISPLAY_SIDE = 2048
"""Longer side in pixels of a photograph on the page."""
THUMBNAIL_SIDE = 160
UNSEEN = (244, 244, 244)
"""Colour on the page of a class whose own is black, which cannot be seen on shades."""
_CACHE = 96 << 20  # bytes
_AT_A_TIME = 2
"""Photographs that are decoded at the same time, since each takes much memory."""


class Pictures:
    """JPEGs of photographs, kept in memory while there is room."""

    def __init__(self):
        self._cache = BoundedCache(_CACHE)
        self._turns = threading.BoundedSemaphore(_AT_A_TIME)

    def photograph(self, photograph: Photograph, side: int) -> bytes:
        """Returns a photograph, reduced to a longer side in pixels, as a JPEG.

        Raises:
            FileError: if the file is damaged.
        """
        status = photograph.image.stat()
        key = (photograph.image, side, status.st_mtime_ns, status.st_size)
        content = self._cache.get(key)
        if content is None:
            with self._turns:
                picture = read_reduced(photograph.image, side)
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=88)
            content = file.getvalue()
            self._cache.put(key, content)
        return content


def shown_palette(palette: np.ndarray) -> np.ndarray:
    """Returns the colours of the classes on the page, none of which is black."""
    black = ~palette.any(axis=1)
    return np.where(black[:, None], np.array(UNSEEN, np.uint8), palette)


def strokes_picture(labels: np.ndarray, palette: np.ndarray, side: int) -> bytes:
    """Returns a scribble in colours as a PNG, transparent where there is no label.

    Args:
        labels: uint8 array (H, W), 255 = no label.
        palette: uint8 (K, 3), RGB.
        side: longer side in pixels that the picture is reduced to.
    """
    colours = np.zeros((256, 4), np.uint8)
    colours[: len(palette)] = np.insert(shown_palette(palette), 3, 255, axis=1)
    colours[IGNORE_LABEL] = 0
    picture = Image.fromarray(labels)
    picture.putpalette(colours.tobytes(), "RGBA")
    picture = picture.convert("RGBA")
    # The mean of the pixels, so that thin strokes become faint and do not vanish.
    picture.thumbnail((side, side), Image.Resampling.BOX)
    return _png(picture)


def prediction_picture(labels: np.ndarray, palette: np.ndarray) -> bytes:
    """Returns predicted labels in colours as a PNG; black classes are transparent.

    Args:
        labels: uint8 array (H, W).
        palette: uint8 (K, 3), RGB.
    """
    alphas = np.where(palette.any(axis=1), 255, 0).astype(np.uint8)
    colours = np.insert(palette, 3, alphas, axis=1)
    return _png(Image.fromarray(colours[labels], "RGBA"))


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()
