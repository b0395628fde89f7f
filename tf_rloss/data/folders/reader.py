"""Reads a folder of images with scribbles, masks or tags."""

import logging
from collections.abc import Sequence
from pathlib import Path

from tf_rloss.data.folders.checks import fail
from tf_rloss.data.folders.inspection import inspect_folder
from tf_rloss.data.scribbles.simulation import with_scribbles, with_shortened_scribbles
from tf_rloss.data.source import Source, printable

_LOGGER = logging.getLogger(__name__)


def folder(
    path: str | Path,
    *,
    class_names: tuple[str, ...] | None = None,
    num_classes: int | None = None,
    image_scale: float = 1.0,
    length_ratio: float | None = None,
    ignore_ids: Sequence[int] = (),
) -> Source:
    """Returns a source of the images in a folder, after a check of every file.

    ```
    path/images/a.jpg      PNG or JPEG of any size
    path/scribbles/a.png   label maps: 8-bit grey, indexed, or RGB in the colours of the
    path/labels/a.png      palette; 255 = unlabelled, and so is alpha 0
    path/tags.csv          `a.jpg,cat,dog`: the classes in each image, in the form that
                           `tag_file.read_tag_lines` describes
    path/classes.txt       optional, here or one folder up: `name` or `name R G B`, in
                           the form that `classes_file.read_classes` describes
    ```

    One of `scribbles/`, `labels/` and `tags.csv` is enough. Beside `scribbles/`,
    `labels/` may hold masks of some images only.

    What is unusual in the files, and can be a mistake, is logged as a warning.

    Args:
        path: the folder.
        class_names: name of each class. Default: those of classes.txt; else
            "background" and the names in tags.csv, sorted; else "class 0", "class 1",
            ...
        num_classes: number of classes. Default: the number of names; else one more
            than the largest label or id in the folder. Without names, give it if the
            folder can lack the last class.
        image_scale: factor on the size of the images, above 0 and at most 4. Label
            maps follow for training, and keep their own size for evaluation.
        length_ratio: share of the scribbles' length to keep, from 1 (all of it) to 0
            (clicks). Scribbles of `scribbles/` are shortened. Without that folder they
            are simulated from `labels/`. None leaves scribbles as they are.
        ignore_ids: labels, 0 to 254, that mark pixels without a label, as 255 does.

    Raises:
        FileNotFoundError: if there is no such folder, or it has no images or no labels.
        DataError: if files are wrong; it names them. A file is wrong without a partner,
            empty, damaged, of another size, mode or palette, or with a label out of
            range. A line of tags.csv is wrong if its image or class is unknown. Labels
            are wrong, too, if no training can make sense of them: see
            `survey.Survey.refusals`.
        ValueError: if an argument is out of range or contradicts another one.
    """
    root = Path(path)
    if not 0.0 < image_scale <= 4.0:
        raise ValueError(
            "`image_scale` must be above 0 and at most 4. "
            f"Received: image_scale={image_scale}"
        )
    found = inspect_folder(
        root, class_names=class_names, num_classes=num_classes, ignore_ids=ignore_ids
    )
    if found.problems:
        fail(root, found.problems)
    for warning in found.warnings:
        _LOGGER.warning("Warning: %s: %s", root, printable(warning))
    names = found.class_names

    unmasked = frozenset(s for s, files in found.examples.items() if not files.mask)
    largest = found.sizes.max(axis=0).tolist()
    source = Source(
        name=root.resolve().name,
        class_names=names,
        palette=found.palette[: len(names)],
        ids=tuple(found.examples),
        size=tuple(max(1, round(side * image_scale)) for side in largest),
        has_scribbles="scribbles" in found.kinds,
        has_masks="labels" in found.kinds and not unmasked,
        has_tags=bool(found.tags),
        read=lambda stem: found.read(stem, image_scale),
        files=found.files,
        image_scale=image_scale,
        ignore_ids=tuple(ignore_ids),
        unmasked=unmasked if "labels" in found.kinds else frozenset(),
        warnings=found.warnings,
        label_counts={k: counts.pixels for k, counts in found.survey.kinds.items()},
    )
    if length_ratio is None:
        return source
    if source.has_scribbles:
        return with_shortened_scribbles(source, length_ratio)
    return with_scribbles(source, length_ratio=length_ratio)
