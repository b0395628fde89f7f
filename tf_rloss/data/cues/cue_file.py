"""Writes the cues of many images to one `.npz` file of plain arrays, and reads them."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from tf_rloss.data.cues.source import Cues
from tf_rloss.data.source import DataError

_PARTS = ("ids", "labels", "label_counts", "cues", "shapes")


def save_cues(file: str | Path | BinaryIO, cues_by_id: dict[str, Cues]) -> None:
    """Writes the cues of many images to an `.npz` file, which `load_cues` reads.

    Args:
        file: path of the file, or a file that is open for writing.
        cues_by_id: the cues of each image.
    """
    found = list(cues_by_id.values())
    np.savez_compressed(
        file,
        ids=np.array(list(cues_by_id), np.str_),
        labels=_join([labels for labels, _ in found]),
        label_counts=np.array([len(labels) for labels, _ in found], np.int64),
        cues=_join([cues.ravel() for _, cues in found]),
        shapes=np.array([cues.shape for _, cues in found], np.int64).reshape(-1, 2),
    )


def _join(arrays):
    """Joins arrays of bytes; there may be none."""
    return np.concatenate([np.empty(0, np.uint8), *arrays]).astype(np.uint8)


def load_cues(path: str | Path) -> dict[str, Cues]:
    """Reads a file that `save_cues` wrote; returns the cues of each image by its id.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is damaged, or is another kind of file.
    """
    with open(path, "rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                parts = {name: file[name] for name in _PARTS}
            return _split(parts)
        except Exception as error:  # Damaged files fail in a dozen ways.
            raise DataError(f"{path}: is no file of cues ({error}).") from error


def _split(parts):
    """Cuts the arrays that hold all images into those of each image."""
    ids, counts, shapes = parts["ids"], parts["label_counts"], parts["shapes"]
    sizes = shapes.prod(axis=1)
    wrong = counts.sum() != len(parts["labels"]) or sizes.sum() != len(parts["cues"])
    if wrong or not len(ids) == len(counts) == len(shapes):
        raise ValueError("its arrays do not fit each other")
    labels = np.split(parts["labels"], np.cumsum(counts)[:-1])
    cues = np.split(parts["cues"], np.cumsum(sizes)[:-1])
    return {
        str(name): Cues(of_image, cells.reshape(shape))
        for name, of_image, cells, shape in zip(ids, labels, cues, shapes, strict=True)
    }
