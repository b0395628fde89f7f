"""Reads a folder of images with scribbles, masks or tags."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tf_rloss.checks import check_integer
from tf_rloss.data.folders.checks import (
    Files,
    Finding,
    check_files,
    fail,
    list_files,
    pair,
    printable,
)
from tf_rloss.data.folders.classes_file import CLASSES_FILE, read_classes
from tf_rloss.data.folders.survey import LabelCounts, Survey
from tf_rloss.data.folders.tag_file import (
    TAGS_FILE,
    check_numbering,
    find_class_names,
    match_tags,
    read_tag_lines,
    tag_vector,
)
from tf_rloss.data.image_files import read_image
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.data.scribbles.simulation import with_scribbles, with_shortened_scribbles
from tf_rloss.data.source import DataError, Example, Source
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES

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
    ignore_ids = tuple(ignore_ids)
    for label in ignore_ids:
        check_integer("ignore_ids", label, 0, IGNORE_LABEL - 1)
    kinds = _find_kinds(root)
    problems: list[str] = []
    has_tags = (root / TAGS_FILE).is_file()
    lines = read_tag_lines(root / TAGS_FILE, problems) if has_tags else []
    names, palette, ignore_colors = read_classes(root)
    names = tuple(class_names) if class_names is not None else names
    sorted_names = () if names else find_class_names(lines, problems)
    names = names or sorted_names
    if names and num_classes is not None and num_classes != len(names):
        raise ValueError(
            f"`num_classes` must equal the number of class names, {len(names)}. "
            f"Received: num_classes={num_classes}"
        )
    num_classes = len(names) if names else num_classes
    if num_classes is not None and not 2 <= num_classes <= IGNORE_LABEL:
        raise ValueError(
            f"`num_classes` must be from 2 to 255. Received: num_classes={num_classes}"
        )
    examples = _find_examples(root, kinds, problems)
    tags = {}
    if has_tags:
        images = {stem: files.image for stem, files in examples.items()}
        tags = match_tags(lines, images, names, num_classes, problems)
    if not examples:
        fail(root, problems)
    # Colours beyond the classes say nothing: another palette can have the same.
    colors = palette[: num_classes or len(VOC_CLASSES)]
    form = (ignore_ids, ignore_colors)
    findings = check_files(examples.values(), colors, num_classes, *form)
    problems += [problem for finding in findings for problem in finding.problems]
    survey = _survey(kinds, examples, findings)
    problems += survey.refusals(known=bool(num_classes or has_tags))
    if sorted_names and not problems:
        labels = (finding.labels for finding in findings)
        problems += check_numbering(tags, zip(examples, labels, strict=True), names)
    if problems:
        fail(root, problems)
    num_classes = num_classes or _infer_classes(root, findings, tags)
    names = names or tuple(f"class {label}" for label in range(num_classes))

    def read(stem):
        files = examples[stem]
        scribble, mask = (
            None if path is None else read_label_map(path, colors, *form)
            for path in (files.scribble, files.mask)
        )
        return Example(
            read_image(files.image, image_scale),
            scribble,
            mask,
            tags=tag_vector(tags[stem], num_classes) if has_tags else None,
        )

    warnings = survey.warnings(names)
    for warning in warnings:
        _LOGGER.warning("Warning: %s: %s", root, printable(warning))
    unmasked = frozenset(stem for stem, f in examples.items() if f.mask is None)
    sizes = np.array([finding.size for finding in findings])
    source = Source(
        name=root.resolve().name,
        class_names=names,
        palette=palette[:num_classes],
        ids=tuple(examples),
        size=tuple(max(1, round(side * image_scale)) for side in sizes.max(0).tolist()),
        has_scribbles="scribbles" in kinds,
        has_masks="labels" in kinds and not unmasked,
        has_tags=has_tags,
        read=read,
        files=_files_of(root, examples.values()),
        image_scale=image_scale,
        ignore_ids=ignore_ids,
        unmasked=unmasked if len(unmasked) < len(examples) else frozenset(),
        warnings=tuple(warnings),
    )
    if length_ratio is None:
        return source
    if source.has_scribbles:
        return with_shortened_scribbles(source, length_ratio)
    return with_scribbles(source, length_ratio=length_ratio)


def _survey(
    kinds: list[str], examples: dict[str, Files], findings: list[Finding]
) -> Survey:
    """Returns the counts of the labels in scribbles/ and labels/."""
    found = list(zip(examples, findings, strict=True))
    return Survey(
        len(examples),
        LabelCounts.of((stem, f.scribble) for stem, f in found if f.scribble)
        if "scribbles" in kinds
        else None,
        LabelCounts.of((stem, f.mask) for stem, f in found if f.mask)
        if "labels" in kinds
        else None,
    )


def _files_of(root: Path, examples: Iterable[Files]) -> tuple[Path, ...]:
    """Returns all files that a folder is read from."""
    beside = (root / TAGS_FILE, root / CLASSES_FILE)
    of_images = (path for files in examples for path in files if path is not None)
    return (*(path for path in beside if path.is_file()), *of_images)


def _find_kinds(root: Path) -> list[str]:
    """Returns "images" and those of "scribbles" and "labels" that are folders."""
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {root}.")
    if not (root / "images").is_dir():
        raise FileNotFoundError(
            f"There is no folder {root / 'images'}. Expected: images/ with labels/, "
            f"scribbles/ or {TAGS_FILE} beside it."
        )
    labelled = [kind for kind in ("scribbles", "labels") if (root / kind).is_dir()]
    if not labelled and not (root / TAGS_FILE).is_file():
        raise FileNotFoundError(
            f"There is no folder {root / 'scribbles'} or {root / 'labels'}, and no "
            f"file {TAGS_FILE}. Images need label maps or tags."
        )
    return ["images", *labelled]


def _find_examples(
    root: Path, kinds: list[str], problems: list[str]
) -> dict[str, Files]:
    """Returns the files of each image by its name without ending."""
    files = {kind: list_files(root / kind, problems) for kind in kinds}
    if not files["images"]:
        problems.append("images/: has no PNG or JPEG files")
    return pair(files, problems)


def _infer_classes(root, findings, tags):
    """Returns one more than the largest label or id in the folder."""
    present = np.any([finding.labels for finding in findings], axis=0)
    present[list(frozenset().union(*tags.values()))] = True
    labels = np.flatnonzero(present[:IGNORE_LABEL])
    if not len(labels) or labels[-1] == 0:
        raise DataError(
            f"{root}: no label but 0 and 255 (which means unlabelled) was found, and "
            "no tag. Label objects 1, 2, ..., or give the number of classes."
        )
    return int(labels[-1]) + 1
