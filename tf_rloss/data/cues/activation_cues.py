"""Makes localization cues from class activation maps, as SEC does, and scores them."""

from typing import NamedTuple

import numpy as np

from tf_rloss.checks import check_fraction
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
    """Locates the classes of an image in the cells where their activation is strong.

    Cell p is a cue of class c, which must be in the image, if

        A_pc > foreground_share * max_q A_qc   and   max_q A_qc > 0

    If this holds for several classes, the cell goes to the one with the fewest such
    cells, since small things lie in front of large ones (SEC's rule), and at a tie to
    the lowest id. The cells of the background are those where even the strongest class,
    max_c A_pc / max_q |A_qc|, is weak: the weakest `background_share` of all cells,
    without those that are cues of a class. SEC finds the background by the gradients of
    a second classifier instead. An image without foreground tags is all background.

    Args:
        maps: float (h, w, K), activation maps of the classes; channel 0 is not used.
        tags: (K,), true for the classes in the image; the first one is not used.
        foreground_share: share of a class's maximum that its cells exceed, 0 to 1.
            SEC's is 0.2.
        background_share: share of all cells for the background, 0 to 1. SEC's is 0.1.

    Returns:
        Cues on the grid (h, w).

    Raises:
        ValueError: if the shapes do not fit each other, a map is not finite, or a share
            is out of range.

    Reference: Kolesnikov and Lampert, Seed, Expand and Constrain, ECCV 2016, 4.1.
    """
    maps, tags = np.asarray(maps, np.float64), np.asarray(tags)
    if maps.ndim != 3 or tags.shape != maps.shape[2:] or not np.isfinite(maps).all():
        raise ValueError(
            "`maps` must be finite, (h, w, K), and `tags` (K,). "
            f"Received: shapes {maps.shape} and {tags.shape}"
        )
    check_fraction("foreground_share", foreground_share, zero=True)
    check_fraction("background_share", background_share, zero=True)
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
    # From the class of most cells to that of fewest, so that the last one stays.
    for index in np.argsort(found.sum(axis=(0, 1)), kind="stable")[::-1]:
        cues[found[..., index]] = labels[index]
    return Cues(labels.astype(np.uint8), cues)


class CueScores(NamedTuple):
    """Scores of cues, each from 0 to 1, over the cells whose mask is not 255."""

    coverage: float
    """Share of the cells that have a cue."""
    background: float
    """Share of the cues that say background."""
    precision: float
    """Share of the cues that agree with the mask."""
    foreground_precision: float
    """Share of the cues of all other classes that agree with the mask."""


def score_cues(source: Source) -> CueScores:
    """Compares the cues of a source with its masks, at the centre of each cell.

    Args:
        source: a source in which every image has cues and a mask.
    """
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
