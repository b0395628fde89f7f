"""Reads a folder of images without labels, to train on beside labelled ones."""

from pathlib import Path

import numpy as np

from tf_rloss.data.folders.checks import Files, check_files, fail, list_files
from tf_rloss.data.image_files import IMAGE_SUFFIXES
from tf_rloss.data.image_values import resize_image
from tf_rloss.data.source import Example, Source


def photographs(path: str | Path, like: Source) -> Source:
    """Returns a source of the images in a folder, none of which has labels.

    Images are reduced to fit into the largest height and width of `like`, so that their
    content has a similar size and crops can stay as large as they are.

    Args:
        path: a folder of files of any size, of the form of the images of `like`. Every
            file is read once, as a check.
        like: the labelled source to train on, whose classes the images get.

    Raises:
        FileNotFoundError: if there is no such folder.
        DataError: if there are no images, or some cannot be read, which it names.
    """
    root = Path(path)
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {root}.")
    problems: list[str] = []
    listed = list_files(root, problems, IMAGE_SUFFIXES).values()
    files = {f"{root.name}/{path.name}": path for path in listed}
    if not files:
        problems.append("has no image files")
    form = like.image_form
    checked = check_files(
        [Files(p, None, None) for p in files.values()], None, like.palette, form=form
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
        read=lambda name: _reduced(form.read(files[name]), like.size),
        unlabelled=frozenset(files),
        files=tuple(files.values()),
        image_form=form,
    )


def _reduced(image, largest):
    """Returns an image, reduced if need be to fit into (height, width) `largest`."""
    return Example(resize_image(image, _fit(image.shape[:2], largest)))


def _fit(size, largest):
    """Returns the (height, width) that an image of size `size` is reduced to."""
    factor = min(1.0, *(most / side for most, side in zip(largest, size, strict=True)))
    return tuple(max(1, round(side * factor)) for side in size)
