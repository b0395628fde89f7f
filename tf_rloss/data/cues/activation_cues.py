"""Localization cues out of class activation maps, as in SEC."""

from typing import NamedTuple

import numpy as np

from tf_rloss.data.cues.source import Cues
from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.data.source import Source
from tf_rloss.labels import IGNORE_LABEL


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
