"""Parts of a source: images that a hash of their ids chooses."""

import hashlib

from tf_rloss.checks import check_integer
from tf_rloss.data.source import Source


def split(source: Source, fraction: float, seed: int = 0) -> tuple[Source, Source]:
    """Splits a source into two, by a hash of each image's id.

    The split depends on the ids and the seed, but not on the order of the images or the
    machine. Both parts keep the order of the source.

    Args:
        source: the source to split; it has at least two images.
        fraction: share of the images to hold out, above 0 and below 1.
        seed: another seed gives another split.

    Returns:
        `(train, held_out)`, each with at least one image.

    Raises:
        ValueError: if `fraction` is out of range or the source has one image only.
    """
    if not 0.0 < fraction < 1.0:
        raise ValueError(
            "`fraction` to hold out must be above 0 and below 1. "
            f"Received: fraction={fraction}"
        )
    if len(source) < 2:
        raise ValueError(
            "`source` must have at least two images to be split. "
            f"Received: {len(source)} image"
        )
    ranking = _ranking(source, seed)
    held_out = min(max(round(fraction * len(source)), 1), len(source) - 1)
    return (
        source.take(sorted(ranking[held_out:])),
        source.take(sorted(ranking[:held_out])),
    )


def subset(source: Source, count: int, seed: int = 0) -> Source:
    """Chooses some images of a source by a hash of their ids.

    With the same seed, a larger subset contains every smaller one.

    Args:
        source: the source to choose from.
        count: number of images, from 1 to all of them.
        seed: another seed gives another choice.

    Returns:
        A source of the chosen images, in the order of `source`.

    Raises:
        ValueError: if `count` is out of range.
    """
    check_integer("count", count, 1, len(source), note="the number of images")
    return source.take(sorted(_ranking(source, seed)[:count]))


def _ranking(source, seed):
    """Returns the positions of all images, sorted by a hash of seed and id."""
    digests = [
        hashlib.sha256(f"{seed}/{name}".encode()).digest() for name in source.ids
    ]
    return sorted(range(len(source)), key=digests.__getitem__)
