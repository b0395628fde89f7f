"""Localization cues out of class activation maps, as in SEC."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.data.sec_cues import Cues
from tf_rloss.data.source import DataError, Source
from tf_rloss.labels import IGNORE_LABEL

_PARTS = ("ids", "labels", "label_counts", "cues", "shapes")


def activation_cues(
    maps: np.ndarray,
    tags: np.ndarray,
    *,
    foreground_share: float = 0.2,
    background_share: float = 0.1,
) -> Cues:
    """Localizes the classes of an image where its activation maps are strong.

    A cell is a cue of a class c that is in the image where

        A_pc > foreground_share * max_q A_qc,   max_q A_qc > 0

    Of the classes of which this holds, the one that has fewest such cells takes the
    cell (SEC's rule: small things lie before large ones), at a tie the lower id.
    Background are the `background_share` of all cells where the strongest of these
    classes, max_c A_pc / max_q |A_qc|, is weakest, unless they are cues of a class. SEC
    takes instead the cells that are least salient by a network's gradients, which
    needs a second classifier. An image without foreground tags is all background.

    Args:
        maps: float (h, w, K), the activation maps of each class; channel 0 is not
            read.
        tags: (K,), which classes are in the image; the background's is not read.
        foreground_share: from 0 to 1; SEC takes 0.2.
        background_share: from 0 to 1; SEC takes 0.1.

    Returns:
        Cues on the grid (h, w).

    Raises:
        ValueError: if the shapes do not fit, a number is not finite or out of range.

    Reference: Kolesnikov and Lampert, Seed, Expand and Constrain, ECCV 2016, 4.1.
    """
    maps, tags = np.asarray(maps, np.float64), np.asarray(tags)
    if maps.ndim != 3 or tags.shape != maps.shape[2:] or not np.isfinite(maps).all():
        raise ValueError(
            "`maps` must be finite, (h, w, K), and `tags` (K,). "
            f"Received: shapes {maps.shape} and {tags.shape}"
        )
    for name, share in (
        ("foreground_share", foreground_share),
        ("background_share", background_share),
    ):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"`{name}` must be from 0 to 1. Received: {name}={share}")
    cues = np.full(maps.shape[:2], IGNORE_LABEL, np.uint8)
    labels = np.flatnonzero(tags[1:]) + 1
    if not labels.size:
        return Cues(labels.astype(np.uint8), np.zeros_like(cues))
    maps = maps[..., labels]
    strongest = maps.max(axis=(0, 1))
    largest = np.abs(maps).max(axis=(0, 1))
    activation = (maps / np.where(largest > 0, largest, 1.0)).max(axis=-1)
    number = round(background_share * cues.size)
    cues.flat[np.argsort(activation, axis=None, kind="stable")[:number]] = 0
    found = (maps > foreground_share * strongest) & (strongest > 0)
    # Painted from the largest to the smallest, so that the last one stays.
    for index in np.argsort(found.sum(axis=(0, 1)), kind="stable")[::-1]:
        cues[found[..., index]] = labels[index]
    return Cues(labels.astype(np.uint8), cues)


class CueScores(NamedTuple):
    """How good cues are; cells whose mask is 255 do not count."""

    coverage: float
    """Share of the cells that have a cue."""
    background: float
    """Share of the cues that are of the background."""
    precision: float
    """Share of the cues that are right."""
    foreground_precision: float
    """Share of the cues of other classes that are right."""


def score_cues(source: Source) -> CueScores:
    """Compares the cues of a source with its masks, cell by cell at their centres."""
    cells = cues = background = right = right_background = 0
    for name in source.ids:
        example = source.read(name)
        mask = resize_label_map(example.mask, example.cues.shape)
        known = mask != IGNORE_LABEL
        cue, mask = example.cues[known], mask[known]
        cells += cue.size
        cues += np.count_nonzero(cue != IGNORE_LABEL)
        background += np.count_nonzero(cue == 0)
        right += np.count_nonzero(cue == mask)
        right_background += np.count_nonzero((cue == 0) & (mask == 0))
    foreground = cues - background
    return CueScores(
        coverage=cues / max(cells, 1),
        background=background / max(cues, 1),
        precision=right / max(cues, 1),
        foreground_precision=(right - right_background) / max(foreground, 1),
    )


def save_cues(file: str | Path | BinaryIO, cues_by_id: dict[str, Cues]) -> None:
    """Writes cues to an `.npz` file of plain arrays; `load_cues` reads it."""
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
    return np.concatenate([np.empty(0, np.uint8), *arrays]).astype(np.uint8)


def load_cues(path: str | Path) -> dict[str, Cues]:
    """Reads what `save_cues` wrote.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if it is damaged or something else; it is never unpickled.
    """
    with open(path, "rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                parts = {name: file[name] for name in _PARTS}
            return _split(parts)
        except Exception as error:  # Zip files fail in a dozen ways.
            raise DataError(f"{path}: is no file of cues ({error}).") from error


def _split(parts):
    """Cuts the joined arrays of all images."""
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
