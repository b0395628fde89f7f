"""Photographs in a user's folder, where some are large, turned, or no images."""

import pathlib

import numpy as np
from PIL import Image, ImageOps

from ..errors import UserError


def find_files(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the files directly in a folder, sorted, without hidden ones.

    Raises:
        UserError: if there is no file, or two names differ in their suffix only and
            would get the same mask.
    """
    files = sorted(
        path
        for path in folder.iterdir()
        # A link to nowhere is a fault to tell, and no reason to leave it out.
        if (path.is_file() or (path.is_symlink() and not path.exists()))
        and not path.name.startswith(".")
    )
    if not files:
        raise UserError(f"No files in {folder}.")
    stems: dict[str, pathlib.Path] = {}
    for path in files:
        other = stems.setdefault(path.stem, path)
        if other is not path:
            raise UserError(
                f"{other.name} and {path.name} in {folder} would both get the mask "
                f"{path.stem}.png. Rename one."
            )
    return files


def read_photograph(path: pathlib.Path) -> np.ndarray:
    """Reads an image upright: the rotation that a camera has noted is applied.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        ValueError: if the file is not an image, is damaged, or is too large; the
            message is short.
    """
    Image.init()
    # Pillow hands EPS files to another program, so that no file is opened as one.
    formats = [name for name in Image.OPEN if name != "EPS"]
    try:
        with Image.open(path, formats=formats) as picture:
            if picture.mode.startswith(("I", "F")):
                raise ValueError("more than 8 bits a channel")
            return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except Image.UnidentifiedImageError as error:
        raise ValueError("not an image") from error
    except Exception as error:  # Pillow raises errors of many kinds for damaged files.
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"{reason or 'damaged':.200}") from error


def reduce_to(image: np.ndarray, max_side: int) -> np.ndarray:
    """Reduces (H, W, 3) so that its longer side has at most `max_side` pixels."""
    height, width = image.shape[:2]
    factor = max_side / max(height, width)
    if factor >= 1.0:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))


def labels_at(probs: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the most probable class at another size, by bilinear probabilities.

    Classes are resized one at a time, so that a large photograph fits in memory.

    Args:
        probs: float32 array (h, w, K).
        size: height and width of the result.

    Returns:
        uint8 array (height, width).
    """
    height, width = size
    labels = np.zeros(size, np.uint8)
    highest = np.full(size, -1.0, np.float32)
    for label in range(probs.shape[-1]):
        plane = Image.fromarray(np.ascontiguousarray(probs[..., label]))
        enlarged = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
        higher = enlarged > highest
        labels[higher] = label
        highest = np.maximum(highest, enlarged)
    return labels
