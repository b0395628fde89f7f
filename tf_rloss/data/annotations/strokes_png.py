"""Reads strokes in PNG files: grey, indexed or RGB, with or without alpha."""

import struct
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from tf_rloss.data.annotations import notes
from tf_rloss.data.annotations.documents import find_files, read_bytes
from tf_rloss.data.annotations.geometry import ShapeError
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.label_images import (
    COLOR,
    TRANSPARENT,
    LabelImage,
    count_codes,
    gather,
)
from tf_rloss.data.annotations.shapes import Annotations
from tf_rloss.data.annotations.values import open_picture

SOFT = "files have pixels that are partly transparent, which count as their colour"


def read(inputs: Inputs) -> Annotations:
    """Reads the values or colours of every PNG file; colours must match exactly.

    Transparent pixels have no label.
    """
    files = find_files(inputs.path, [".png"])
    found = []
    for file in files:
        with inputs.report.faults(str(file), notes.DAMAGED_FILES):
            name = file.name if inputs.path.is_file() else _name(file, inputs.path)
            codes, colors, soft = _codes(file)
            if soft:
                inputs.report.add(SOFT, f"{name}: {soft} px")
            found.append(
                LabelImage(
                    name,
                    partial(_decode, file),
                    codes.shape,
                    count_codes(codes),
                    colors,
                    photograph_names=(name, name.rsplit(".", 1)[0]),
                    file=file,
                )
            )
    return gather(found, inputs)


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()


def _decode(file: Path) -> np.ndarray:
    return _codes(file)[0]


def _codes(file: Path):
    """Returns codes (H, W), colours of indices, and the number of soft pixels."""
    return _codes_at(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=1)  # The classes of a file are drawn one after the other.
def _codes_at(file: Path, changed: int):
    content = read_bytes(file)
    picture = open_picture(content)
    if picture.format != "PNG":
        raise ShapeError("is a JPEG, which blurs labels; save strokes as PNG")
    mode, colors, alpha = picture.mode, {}, None
    if mode == "P":
        codes = np.asarray(picture).astype(np.int64)
        palette = np.array(picture.getpalette("RGB") or [], int).reshape(-1, 3).tolist()
        colors = {index: tuple(color) for index, color in enumerate(palette)}
        if "transparency" in picture.info:
            alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    elif mode in ("1", "L") or mode.startswith("I"):
        codes = np.asarray(picture).astype(np.int64)
        depth = struct.unpack(">B", content[24:25])[0]
        if mode == "L" and depth < 8:  # Pillow has stretched these to 0..255.
            codes //= 255 // ((1 << depth) - 1)
    elif mode == "LA":
        pixels = np.asarray(picture).astype(np.int64)
        codes, alpha = pixels[..., 0], pixels[..., 1]
    elif mode in ("RGB", "RGBA"):
        pixels = np.asarray(picture).astype(np.int32)
        alpha = pixels[..., 3] if mode == "RGBA" else None
        red, green, blue = (pixels[..., channel] for channel in range(3))
        codes = COLOR + (red << 16 | green << 8 | blue).astype(np.int64)
    else:
        raise ShapeError(f"has mode {mode!r}; save strokes as RGB or indexed PNG")
    if alpha is None:
        return codes, colors, 0
    soft = int(((alpha > 0) & (alpha < 255)).sum())
    return np.where(alpha > 0, codes, TRANSPARENT), colors, soft
