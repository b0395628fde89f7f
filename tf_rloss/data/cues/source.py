"""Localization cues of images, and a source that carries them."""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tf_rloss.data.binary import merge_objects
from tf_rloss.data.source import DataError, Source
from tf_rloss.labels import IGNORE_LABEL

_MOST_SHOWN = 5


class Cues(NamedTuple):
    """What is known of one image from its tags."""

    labels: np.ndarray
    """uint8 (n,): the classes in the image, sorted, without background (0)."""
    cues: np.ndarray
    """uint8 (grid, grid): the class that was localized there, 255 = none."""


def with_cues(source: Source, cues_by_id: Mapping[str, Cues]) -> Source:
    """Returns the source with localization cues, and tags from their labels.

    Background counts as present in every image, as in SEC.

    Args:
        source: its cues and tags, if any, are replaced.
        cues_by_id: cues for every id of the source; more of them do no harm.

    Raises:
        DataError: naming images without cues, or with a class the source lacks.
    """
    missing = [name for name in source.ids if name not in cues_by_id]
    if missing:
        shown = missing[:_MOST_SHOWN] + ["..."] * (len(missing) > _MOST_SHOWN)
        raise DataError(
            f"{len(missing)} of {len(source)} images of {source.name!r} have no cues: "
            f"{', '.join(shown)}"
        )
    for name in source.ids:
        labels, cues = cues_by_id[name]
        largest = max(labels.max(initial=0), cues[cues != IGNORE_LABEL].max(initial=0))
        if largest >= source.num_classes:
            raise DataError(
                f"The cues of {name} are of class {largest}, and {source.name!r} has "
                f"classes 0 to {source.num_classes - 1}."
            )

    def read(name):
        labels, cues = cues_by_id[name]
        tags = np.zeros(source.num_classes, bool)
        tags[0] = True
        tags[labels] = True
        return source.read(name)._replace(cues=cues, tags=tags)

    return dataclasses.replace(source, has_cues=True, has_tags=True, read=read)


def binary_cues(cues: Cues) -> Cues:
    """Returns cues for `binary` images out of those for all their classes."""
    return Cues(merge_objects(np.unique(cues.labels)[:1]), merge_objects(cues.cues))
