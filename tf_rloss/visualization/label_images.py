"""Label maps as colours: RGB pictures, overlays and indexed PNG files."""

import io
import os

import numpy as np
import scipy.ndimage
from PIL import Image

from tf_rloss.checks import check_fraction
from tf_rloss.files import atomic_file
from tf_rloss.labels import IGNORE_LABEL, voc_palette

_MASK_ALPHA = 0.6
_STROKE_PART = 40
"""A scribble that is wider than twice the longer side over this is a region."""
_LABELLED_SIDE = 1024
"""Labelled images of twice this longer side in pixels, or more, are reduced to it."""


def label_image(label_map: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Colours a label map.

    Args:
        label_map: integer array (H, W); ids below K, or 255 for "no label".
        palette: uint8 array (K, 3), RGB. The label 255 has VOC's colour unless the
            palette has 256 colours.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        ValueError: if an id has no colour, or a shape is wrong.
    """
    return _full_palette(palette)[_checked(label_map, palette)]


def overlay(
    image: np.ndarray,
    label_map: np.ndarray,
    palette: np.ndarray,
    alpha: float = 0.5,
    skip_black: bool = False,
) -> np.ndarray:
    """Lays the colours of a label map over an image; 255 is transparent.

    Args:
        image: array (H, W, 3), RGB in [0, 255].
        label_map: integer array (H, W); ids below K, or 255 for "no label".
        palette: uint8 array (K, 3), RGB.
        alpha: weight of the colours, 0 to 1. Scribbles read best with 1.
        skip_black: whether labels whose colour is black are transparent, too. Black is
            the usual colour of the background, and would only darken the image.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        ValueError: if sizes differ, `alpha` is out of range, or an id has no
            colour.
    """
    image = np.asarray(image)
    if image.shape != (*np.shape(label_map), 3):
        raise ValueError(
            "`image` must be (H, W, 3) with H and W of `label_map`. Received: "
            f"image of shape {image.shape}, label_map of shape "
            f"{np.shape(label_map)}"
        )
    check_fraction("alpha", alpha, zero=True)
    colours = label_image(label_map, palette)
    # In float32 and in place: photographs can be large.
    shown = np.asarray(label_map) != IGNORE_LABEL
    if skip_black:
        shown &= colours.any(axis=-1)
    weight = np.where(shown, np.float32(alpha), 0)
    blend = image.astype(np.float32)
    blend += weight[..., np.newaxis] * (colours - blend)
    return np.rint(np.clip(blend, 0, 255, out=blend), out=blend).astype(np.uint8)


def labelled_image(
    image: np.ndarray,
    scribble: np.ndarray | None,
    mask: np.ndarray | None,
    palette: np.ndarray,
) -> np.ndarray:
    """Lays the mask of an image over it, translucent, and its scribble on top.

    Strokes are opaque. The inside of a large scribbled region, such as all that lies
    outside of a box, is translucent as well. Large images are reduced to the size of a
    screen, with their strokes at least one pixel wide.

    Args:
        image: uint8 array (H, W, 3), RGB.
        scribble: integer array (H, W), as for `overlay`; None if there is none.
        mask: the same for the mask, whose black labels are transparent; None if there
            is none.
        palette: uint8 array (K, 3), RGB.

    Returns:
        uint8 array (H, W, 3), or (H / n, W / n, 3) with a whole number n for large
        images; without labels the image alone.
    """
    step = max(image.shape) // _LABELLED_SIDE
    if step > 1:
        image = np.asarray(Image.fromarray(image).reduce(step))
        mask = None if mask is None else mask[::step, ::step]
        if scribble is not None:  # The lowest label counts, and 255 is the highest.
            scribble = scipy.ndimage.minimum_filter(scribble, step)[::step, ::step]
    if mask is not None:
        image = overlay(image, mask, palette, _MASK_ALPHA, skip_black=True)
    if scribble is None:
        return image
    strokes, region = (overlay(image, scribble, palette, a) for a in (1, _MASK_ALPHA))
    size = 2 * max(3, max(scribble.shape) // _STROKE_PART) + 1
    inside = scipy.ndimage.minimum_filter(scribble, size) == scribble
    inside &= scipy.ndimage.maximum_filter(scribble, size) == scribble
    return np.where(inside[..., np.newaxis], region, strokes)


def save_label_png(
    label_map: np.ndarray, palette: np.ndarray, path: str | os.PathLike
) -> None:
    """Writes a label map as an indexed PNG: ids in the file, colours in viewers.

    Args:
        label_map: integer array (H, W); ids below K, or 255 for "no label".
        palette: uint8 array (K, 3), RGB.
        path: where to write; replaced as a whole, never seen half-written.

    Raises:
        ValueError: if an id has no colour, or a shape is wrong.
    """
    content = label_png(label_map, palette)
    with atomic_file(path, durable=False) as temporary:
        temporary.write_bytes(content)


def label_png(label_map: np.ndarray, palette: np.ndarray) -> bytes:
    """Returns the content of the file that `save_label_png` writes."""
    picture = Image.fromarray(_checked(label_map, palette).astype(np.uint8))
    # putpalette turns the grey picture into an indexed one of the same bytes.
    picture.putpalette(_full_palette(palette).tobytes())
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()


def save_image(image: np.ndarray, path: str | os.PathLike) -> None:
    """Writes an RGB picture; the suffix of `path` chooses PNG or JPEG.

    Args:
        image: uint8 array (H, W, 3).
        path: where to write; replaced as a whole, never seen half-written.
    """
    with atomic_file(path, durable=False) as temporary:
        # Thin coloured lines do not survive the usual JPEG quality.
        Image.fromarray(image).save(temporary, quality=92, subsampling=0)


def _full_palette(palette: np.ndarray) -> np.ndarray:
    """Returns all 256 colours: the palette's, then VOC's."""
    full = voc_palette(256)
    full[: len(palette)] = palette
    return full


def _checked(label_map: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Returns `label_map` as an array after checking it against `palette`."""
    label_map, palette = np.asarray(label_map), np.asarray(palette)
    if palette.ndim != 2 or palette.shape[1] != 3 or not 1 <= len(palette) <= 256:
        raise ValueError(
            "`palette` must be (K, 3) with K from 1 to 256. "
            f"Received: palette of shape {palette.shape}"
        )
    if label_map.ndim != 2 or not np.issubdtype(label_map.dtype, np.integer):
        raise ValueError(
            "`label_map` must be an integer array (H, W). Received: "
            f"shape {label_map.shape}, dtype {label_map.dtype}"
        )
    known = (label_map >= 0) & (label_map < len(palette))
    unknown = label_map[~known & (label_map != IGNORE_LABEL)]
    if unknown.size:
        raise ValueError(
            f"`label_map` must hold ids from 0 to {len(palette) - 1}, or "
            f"{IGNORE_LABEL}. Received: {sorted(set(unknown.tolist()))[:8]}"
        )
    return label_map
