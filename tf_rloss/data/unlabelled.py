"""Unlabelled images, to train on beside labelled ones."""

import dataclasses
from collections.abc import Collection
from pathlib import Path

import numpy as np
from PIL import Image

from tf_rloss.data.checks import Files, check_files, fail, list_files
from tf_rloss.data.image_files import read_image
from tf_rloss.data.source import Example, Source


def without_labels(source: Source, ids: Collection[str]) -> Source:
    """Returns the same images in the same order, those of `ids` without any label.

    All label maps of such an image are 255 everywhere, so that it adds nothing to a
    loss on labels.

    Raises:
        ValueError: if the source does not have an image of `ids`.
    """
    ids = frozenset(ids)
    strangers = ids.difference(source.ids)
    if strangers:
        raise ValueError(
            f"`ids` must be those of images of {source.name!r}. "
            f"Received: {sorted(strangers)[:3]}"
        )

    def read(name):
        example = source.read(name)
        return Example(example.image) if name in ids else example

    return dataclasses.replace(source, read=read, unlabelled=source.unlabelled | ids)


def concatenate(first: Source, second: Source) -> Source:
    """Returns the images of both sources, with the classes of the first.

    Raises:
        ValueError: if the classes differ, or two images have the same id.
    """
    if first.class_names != second.class_names:
        raise ValueError(
            "Sources to concatenate must have the same classes. Received: "
            f"{first.class_names} and {second.class_names}"
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
    )


def photographs(path: str | Path, like: Source) -> Source:
    """Returns a folder of images without labels, of any size, as unlabelled images.

    They are reduced to fit into the largest height and width of `like`, so that they
    look like its images and do not alter the size of crops.

    Args:
        path: a folder of PNG and JPEG files; every one is read once, as a check.
        like: the source to train on beside them, whose classes they get.

    Raises:
        FileNotFoundError: if there is no such folder.
        DataError: naming every file that cannot be read; or if there is none.
    """
    root = Path(path)
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {root}.")
    problems: list[str] = []
    files = {f"{root.name}/{p.name}": p for p in list_files(root, problems).values()}
    if not files:
        problems.append("has no PNG or JPEG files")
    checked = check_files(
        [Files(p, None, None) for p in files.values()], like.palette, None
    )
    problems += [problem for finding in checked for problem in finding.problems]
    if problems:
        fail(root, problems)
    sizes = [_fit(finding.size, like.size) for finding in checked]

    return Source(
        name=root.resolve().name,
        class_names=like.class_names,
        palette=like.palette,
        ids=tuple(files),
        size=tuple(np.max(sizes, axis=0).tolist()),
        has_scribbles=False,
        has_masks=False,
        read=lambda name: Example(_reduced(read_image(files[name]), like.size)),
        unlabelled=frozenset(files),
    )


def _reduced(image, largest):
    """Returns the image reduced to fit into (height, width) `largest`."""
    height, width = _fit(image.shape[:2], largest)
    if (height, width) == image.shape[:2]:
        return image
    picture = Image.fromarray(image)
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


def _fit(size, largest):
    """Returns the (height, width) of an image once it is reduced."""
    factor = min(1.0, *(most / side for most, side in zip(largest, size, strict=True)))
    return tuple(max(1, round(side * factor)) for side in size)
