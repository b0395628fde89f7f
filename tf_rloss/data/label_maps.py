"""Reads label maps from PNG files, and resizes them without mixing labels."""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from tf_rloss.data.image_files import FileError, decode, open_image, read_file
from tf_rloss.labels import IGNORE_LABEL

_VOID_COLOR = (224, 224, 192)
_BLOCK = 1 << 20  # pixels
_DEPTH = 24  # place in a PNG file of the bits per sample


Colors = tuple[tuple[int, int, int], ...]


def read_label_map(
    path: Path | bytes,
    palette: np.ndarray,
    ignore_ids: tuple[int, ...] = (),
    ignore_colors: Colors = (),
) -> np.ndarray:
    """Reads a label map from a grey, indexed or palette-coloured PNG.

    Args:
        path: a file or its content: an 8-bit grey PNG, whose values are the labels; an
            indexed PNG, whose indices are the labels, with any colours; or an RGB PNG
            in the colours of `palette`. Grey and RGB may have an alpha channel, whose
            zeros are pixels without a label.
        palette: uint8 (K, 3), the RGB colour of each class. VOC's void colour
            (224, 224, 192) always means 255.
        ignore_ids: labels that mean 255, too.
        ignore_colors: RGB colours that mean 255, too.

    Returns:
        uint8 array (H, W), 255 = unlabelled.

    Raises:
        FileError: if the file is not such a PNG, or has a colour that is not in the
            palette.
    """
    with _decoded(path, palette) as picture:
        labels = _labels(picture, palette, ignore_colors)
    return _ignoring(ignore_ids)[labels] if ignore_ids else labels


def inspect_label_map(
    path: Path,
    palette: np.ndarray,
    ignore_ids: tuple[int, ...] = (),
    ignore_colors: Colors = (),
) -> tuple[tuple[int, int], dict[int, int]]:
    """Decodes a label map; returns its (height, width) and the pixels of each label.

    Labels without a pixel are left out. Arguments and errors are those of
    `read_label_map`.
    """
    with _decoded(path, palette) as picture:
        if picture.mode not in ("L", "P"):
            picture = Image.fromarray(_labels(picture, palette, ignore_colors))
        width, height = picture.size
        counts = picture.histogram()  # Faster than NumPy's, and takes no memory.
    found: dict[int, int] = {}
    for label, count in enumerate(counts):
        if count:
            kept = IGNORE_LABEL if label in ignore_ids else label
            found[kept] = found.get(kept, 0) + count
    return (height, width), found


def _ignoring(ids: tuple[int, ...]) -> np.ndarray:
    """Returns uint8 (256,), the label that each label becomes."""
    table = np.arange(256, dtype=np.uint8)
    table[list(ids)] = IGNORE_LABEL
    return table


def _labels(
    picture: Image.Image, palette: np.ndarray, ignore_colors: Colors
) -> np.ndarray:
    """Returns the labels (H, W) of a decoded picture."""
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        return pixels
    if picture.mode in ("LA", "RGBA"):
        pixels, alpha = pixels[..., :-1], pixels[..., -1]
        if ((alpha > 0) & (alpha < 255)).any():
            raise FileError(
                "has pixels that are partly transparent, so that their label is not "
                "sure; draw with a hard brush"
            )
        if picture.mode == "LA":
            return np.where(alpha > 0, pixels[..., 0], np.uint8(IGNORE_LABEL))
        pixels = np.where(alpha[..., None] > 0, pixels, np.uint8(_VOID_COLOR))
    return _labels_of_colors(pixels, palette, ignore_colors)


def _decoded(path: Path | bytes, palette: np.ndarray) -> Image.Image:
    """Opens and decodes a PNG file that can be a label map."""
    content = path if isinstance(path, bytes) else read_file(path)
    picture = open_image(content)
    if picture.format != "PNG":
        raise FileError("is a JPEG, which blurs labels; save label maps as PNG")
    if picture.mode == "L" and content[_DEPTH] < 8:
        raise FileError(
            f"is a {content[_DEPTH]}-bit grey PNG, whose values readers stretch to "
            "0..255; save it with 8 bits or indexed"
        )
    if picture.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        raise FileError(
            f"has mode {picture.mode!r}; save label maps as indexed or 8-bit grey PNG"
        )
    decode(picture)
    if picture.mode == "P":
        _check_numbering(picture, palette)
    return picture


def _check_numbering(picture, palette):
    """Refuses an indexed PNG with the colours of the palette in another order."""
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


def _labels_of_colors(
    pixels: np.ndarray, palette: np.ndarray, ignore_colors: Colors
) -> np.ndarray:
    """Returns the labels (H, W) of the colours (H, W, 3)."""
    label_of = _labels_by_code(palette.tobytes(), ignore_colors)
    labels = np.empty(pixels.shape[:2], np.uint8)
    rows = max(1, _BLOCK // max(1, pixels.shape[1]))  # Blocks keep memory small.
    for top in range(0, len(pixels), rows):
        block = pixels[top : top + rows].astype(np.int32)
        found = label_of[block[..., 0] << 16 | block[..., 1] << 8 | block[..., 2]]
        if (found < 0).any():
            color = tuple(pixels[top : top + rows][found < 0][0].tolist())
            raise FileError(
                f"is an RGB label map with the colour {color}, which is not in the "
                "palette; save label maps as indexed or 8-bit grey PNG"
            )
        labels[top : top + rows] = found
    return labels


@functools.lru_cache(maxsize=4)
def _labels_by_code(palette: bytes, ignore_colors: Colors) -> np.ndarray:
    """Returns int16 (2^24,), the label of each colour 65536 R + 256 G + B, or -1.

    Args:
        palette: RGB of each class, three bytes each. Where two classes have the same
            colour, the first one counts.
        ignore_colors: colours of the label 255. A class of the same colour counts.
    """
    label_of = np.full(1 << 24, -1, np.int16)
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 3).astype(np.int64)
    codes = colors @ np.array([65536, 256, 1])
    ignored = np.array((_VOID_COLOR, *ignore_colors))
    label_of[ignored @ np.array([65536, 256, 1])] = IGNORE_LABEL
    label_of[codes[::-1]] = np.arange(len(codes))[::-1]
    return label_of


def resize_label_map(
    labels: np.ndarray, size: tuple[int, int], *, keep_classes: bool = False
) -> np.ndarray:
    """Resizes a label map; every new pixel has the label of the nearest old one.

    Args:
        labels: uint8 (H, W), 255 = unlabelled.
        size: new (height, width).
        keep_classes: whether a class that would vanish keeps the middle one of its
            pixels; meant for thin scribbles.

    Returns:
        uint8 array of shape `size`.
    """
    height, width = labels.shape
    rows = ((np.arange(size[0]) + 0.5) * height / size[0]).astype(np.intp)
    columns = ((np.arange(size[1]) + 0.5) * width / size[1]).astype(np.intp)
    resized = labels[rows[:, None], columns]
    if keep_classes:
        before = np.bincount(labels.ravel(), minlength=256) > 0
        after = np.bincount(resized.ravel(), minlength=256) > 0
        for label in np.flatnonzero(before & ~after):
            if label != IGNORE_LABEL:
                pixels = np.argwhere(labels == label)
                row, column = pixels[len(pixels) // 2]
                resized[row * size[0] // height, column * size[1] // width] = label
    return resized
