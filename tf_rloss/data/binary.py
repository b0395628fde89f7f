"""Merges all classes but the first into one, so that two are left."""

import dataclasses

import numpy as np

from tf_rloss.data.source import Source
from tf_rloss.labels import IGNORE_LABEL

CLASS_NAMES = ("background", "object")


def binary(source: Source) -> Source:
    """Returns a source of the same images with two classes, "background" and "object".

    Label 0 is the background, every other class becomes 1, and 255 stays 255.
    """

    def read(name):
        example = source.read(name)
        tags = example.tags
        return example._replace(
            scribble=merge_objects(example.scribble),
            mask=merge_objects(example.mask),
            cues=merge_objects(example.cues),
            tags=None if tags is None else np.array([tags[0], np.any(tags[1:])], bool),
        )

    return dataclasses.replace(
        source,
        class_names=CLASS_NAMES,
        palette=source.palette[: len(CLASS_NAMES)],
        read=read,
    )


def merge_objects(labels: np.ndarray | None) -> np.ndarray | None:
    """Returns a label map in which every class but 0 is 1; None stays None."""
    if labels is None:
        return None
    return np.where(labels == IGNORE_LABEL, labels, labels > 0).astype(np.uint8)
