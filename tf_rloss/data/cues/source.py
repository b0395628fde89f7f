"""`Cues` of an image, and sources that carry them."""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tf_rloss.data.binary import merge_objects
from tf_rloss.data.source import Source
from tf_rloss.labels import IGNORE_LABEL


class Cues(NamedTuple):
    """Localization cues of one image, and the classes they are made for."""

    labels: np.ndarray
    """uint8 (n,): the classes in the image, sorted, without background (0)."""
    cues: np.ndarray
    """uint8 (h, w): the class of each cell of a grid over the image, 255 = none."""


def with_cues(source: Source, cues_by_id: Mapping[str, Cues]) -> Source:
    """Returns a source of the same images with localization cues, and tags from them.

    The tags are the labels of the cues, and the background, which SEC takes to be in
    every image.

    Args:
        source: the images; their own cues and tags, if any, are replaced.
        cues_by_id: the cues of every image of the source. Other ids are not used.

    Raises:
        DataError: if an image has no cues, or cues of a class that the source lacks.
    """
    source.check_has_all(cues_by_id, "cues")
    for name in source.ids:
        labels, cues = cues_by_id[name]
        largest = max(labels.max(initial=0), cues[cues != IGNORE_LABEL].max(initial=0))
        source.check_class(largest, "cues", name)

    def read(name):
        labels, cues = cues_by_id[name]
        tags = np.zeros(source.num_classes, bool)
        tags[0] = True
        tags[labels] = True
        return source.read(name)._replace(cues=cues, tags=tags)

    return dataclasses.replace(source, has_cues=True, has_tags=True, read=read)


def binary_cues(cues: Cues) -> Cues:
    """Returns cues for a source of `binary`, made from cues for all its classes."""
    return Cues(merge_objects(np.unique(cues.labels)[:1]), merge_objects(cues.cues))
