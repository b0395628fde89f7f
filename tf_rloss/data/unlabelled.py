"""Sources in which some images have no labels, for semi-supervised training."""

import dataclasses
from collections.abc import Collection

from tf_rloss.data.source import Example, Source


def without_labels(source: Source, ids: Collection[str]) -> Source:
    """Returns a source of the same images, some of them without their labels.

    The label maps of an image without labels are 255 everywhere, so it adds nothing to
    a loss on labels.

    Args:
        source: the images, whose order is kept.
        ids: the images to take the labels from.

    Raises:
        ValueError: if the source has no image of one of these ids.
    """
    ids = frozenset(ids)
    strangers = ids.difference(source.ids)
    if strangers:
        raise ValueError(
            f"`ids` must be ids of images of {source.name!r}. "
            f"Received: {sorted(strangers)[:3]}"
        )

    def read(name):
        example = source.read(name)
        return Example(example.image) if name in ids else example

    return dataclasses.replace(source, read=read, unlabelled=source.unlabelled | ids)


def concatenate(first: Source, second: Source) -> Source:
    """Returns a source of the images of `first`, then those of `second`.

    Raises:
        ValueError: if their classes or the forms of their images differ, or both have
            an image of the same id.
    """
    if first.class_names != second.class_names:
        raise ValueError(
            "Sources to concatenate must have the same classes. Received: "
            f"{first.class_names} and {second.class_names}"
        )
    if first.image_form != second.image_form:
        raise ValueError(
            "Sources to concatenate must have images of the same form. Received: "
            f"{first.image_form} and {second.image_form}"
        )
    own, others = set(first.ids), set(second.ids)
    if own & others:
        raise ValueError(
            "Sources to concatenate must not share ids of images. Received: both "
            f"have {sorted(own & others)[:3]}"
        )
    return dataclasses.replace(
        first,
        name=f"{first.name} and {second.name}",
        ids=first.ids + second.ids,
        size=tuple(map(max, first.size, second.size)),
        has_scribbles=first.has_scribbles or second.has_scribbles,
        has_masks=first.has_masks or second.has_masks,
        has_cues=first.has_cues or second.has_cues,
        has_tags=first.has_tags or second.has_tags,
        read=lambda name: (first if name in own else second).read(name),
        unlabelled=first.unlabelled | second.unlabelled,
        files=first.files + second.files,
    )
