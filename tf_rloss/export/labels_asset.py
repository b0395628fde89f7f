"""Class names and colours as the two text files inside a SavedModel."""

import pathlib
from collections.abc import Sequence

import numpy as np

from tf_rloss.checks import check_class_names

CLASS_NAMES_FILE = "class_names.txt"
PALETTE_FILE = "palette.csv"
_PALETTE_HEADER = "red,green,blue"


def check_labels(
    class_names: Sequence[str], palette: np.ndarray, num_classes: int
) -> None:
    """Raises ValueError unless there are K names and K colours that fit a file.

    Args:
        class_names: K distinct names of one line each.
        palette: uint8 array (K, 3), RGB.
        num_classes: number of classes K.
    """
    check_class_names(class_names, num_classes)
    if any(not name.strip() or len(name.splitlines()) > 1 for name in class_names):
        raise ValueError(
            "`class_names` must be names of one line, not empty. "
            f"Received: {list(class_names)}"
        )
    palette = np.asarray(palette)
    if palette.shape != (num_classes, 3) or palette.dtype != np.uint8:
        raise ValueError(
            f"`palette` must be a uint8 array ({num_classes}, 3). Received: shape "
            f"{palette.shape}, dtype {palette.dtype}"
        )


def write_labels(
    class_names: Sequence[str], palette: np.ndarray, folder: pathlib.Path
) -> None:
    """Writes one name a line, and one colour a line below a header.

    Args:
        class_names: K names.
        palette: uint8 array (K, 3), RGB.
        folder: an existing folder.
    """
    names = "".join(f"{name}\n" for name in class_names)
    (folder / CLASS_NAMES_FILE).write_text(names, encoding="utf-8")
    rows = [_PALETTE_HEADER, *(",".join(map(str, colour)) for colour in palette)]
    (folder / PALETTE_FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")


def read_labels(folder: pathlib.Path) -> tuple[tuple[str, ...], np.ndarray]:
    """Reads what `write_labels` wrote.

    Args:
        folder: the folder of both files, `assets` of a SavedModel.

    Returns:
        K names, and the palette, uint8 (K, 3).

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if the files do not fit each other.
    """
    text = (folder / CLASS_NAMES_FILE).read_text(encoding="utf-8")
    class_names = tuple(text.splitlines())
    rows = (folder / PALETTE_FILE).read_text(encoding="utf-8").splitlines()[1:]
    palette = np.array([row.split(",") for row in rows], np.uint8)
    check_labels(class_names, palette, len(class_names))
    return class_names, palette
