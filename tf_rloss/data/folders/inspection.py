"""Looks at every file of a folder, and tells all that is wrong or unusual."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tf_rloss.checks import check_integer
from tf_rloss.data.folders.checks import (
    Files,
    Finding,
    check_files,
    list_files,
    pair,
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
from tf_rloss.data.image_files import IMAGE_SUFFIXES, SUFFIXES, FileError
from tf_rloss.data.image_form import RGB, ImageForm
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.data.source import DataError, Example
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES


@dataclasses.dataclass(frozen=True, eq=False)
class Inspection:
    """The content of a folder.

    Attributes:
        root: the folder.
        kinds: "images" and those of "scribbles" and "labels" that are there.
        examples: the files of each image, by its name without ending.
        sizes: int (N, 2), upright height and width of each image in pixels; 0 for a
            damaged one.
        tags: ids of the classes in each image; {} without tags.csv.
        class_names: names of the classes; () if they could not be found out.
        palette: uint8 (255, 3), their colours.
        survey: counts of the labels.
        problems: sentences about what is wrong.
        warnings: sentences about what is unusual and can be a mistake.
        form: further arguments of `read_label_map`.
        image_form: the form of the images.
    """

    root: Path
    kinds: Sequence[str]
    examples: Mapping[str, Files]
    sizes: np.ndarray
    tags: Mapping[str, frozenset[int]]
    class_names: tuple[str, ...]
    palette: np.ndarray
    survey: Survey
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    form: Mapping[str, Any]
    image_form: ImageForm = RGB

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the folder is read from."""
        beside = (self.root / TAGS_FILE, self.root / CLASSES_FILE)
        of_images = (path for files in self.examples.values() for path in files if path)
        return (*(path for path in beside if path.is_file()), *of_images)

    def read(self, stem: str, image_scale: float = 1.0) -> Example:
        """Reads an image with its labels.

        Args:
            stem: a key of `examples`.
            image_scale: factor by which the image is resized; its labels are not.

        Raises:
            DataError: if a file is damaged or missing.
        """
        path, *label_maps = self.examples[stem]
        try:
            image, found = self.image_form.read(path, image_scale), []
            for path in label_maps:
                found.append(path and read_label_map(path, **self.form))
        except FileError as error:
            raise DataError(f"{path}: {error}") from error
        tags = None
        if self.tags:
            tags = tag_vector(self.tags[stem], len(self.class_names))
        return Example(image, *found, tags=tags)


def inspect_folder(
    path: str | Path,
    *,
    class_names: Sequence[str] | None = None,
    num_classes: int | None = None,
    ignore_ids: Sequence[int] = (),
    image_form: ImageForm = RGB,
    percentiles: tuple[float, float] | None = None,
) -> Inspection:
    """Reads all files of a folder, whatever is wrong with some of them.

    Args:
        path: the folder, as `data.folder` describes it.
        class_names: as for `data.folder`.
        num_classes: as for `data.folder`.
        ignore_ids: as for `data.folder`.
        image_form: as for `data.folder`.
        percentiles: as for `data.folder`.

    Raises:
        FileNotFoundError: if there is no such folder, or it has no images/ or no labels
            of any kind.
        DataError: if classes.txt or tags.csv cannot be read.
        ValueError: if an argument is out of range or contradicts another one.
    """
    root, ignore_ids = Path(path), tuple(ignore_ids)
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
    num_classes = _check_number(num_classes, names)
    files = {
        kind: list_files(
            root / kind, problems, IMAGE_SUFFIXES if kind == "images" else SUFFIXES
        )
        for kind in kinds
    }
    if not files["images"]:
        problems.append("images/: has no image files")
    if percentiles is not None:
        try:
            images = list(files["images"].values())
            image_form = image_form.with_percentiles(images, percentiles)
        except ValueError as error:
            problems.append(f"images/: {error}")
    examples = pair(files, problems)
    tags = {}
    if has_tags:
        images = {stem: files.image for stem, files in examples.items()}
        tags = match_tags(lines, images, names, num_classes, problems)
    form = {
        # Colours beyond the classes say nothing: another palette can have the same.
        "palette": palette[: num_classes or len(VOC_CLASSES)],
        "ignore_ids": ignore_ids,
        "ignore_colors": ignore_colors,
    }
    findings = check_files(examples.values(), num_classes, **form, form=image_form)
    problems += [problem for finding in findings for problem in finding.problems]
    survey = _survey(kinds, examples, findings)
    problems += survey.refusals(known=bool(num_classes or has_tags))
    if sorted_names and not problems:
        labels = (finding.labels for finding in findings)
        problems += check_numbering(tags, zip(examples, labels, strict=True), names)
    if not num_classes and not problems:
        num_classes = _infer_classes(findings, tags, problems)
    names = names or tuple(f"class {label}" for label in range(num_classes or 0))
    return Inspection(
        root=root,
        kinds=kinds,
        examples=examples,
        sizes=np.array([finding.size for finding in findings]).reshape(-1, 2),
        tags=tags,
        class_names=names,
        palette=palette,
        survey=survey,
        problems=tuple(problems),
        warnings=(
            *_doubts(image_form, findings),
            *(survey.warnings(names) if names else ()),
        ),
        form=form,
        image_form=image_form,
    )


def _check_number(num_classes: int | None, names: Sequence[str]) -> int | None:
    """Returns the number of classes, None if it is not known, after a check."""
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
    return num_classes


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


def _doubts(image_form: ImageForm, findings: list[Finding]) -> list[str]:
    """Returns what the values of all images say about a mistake in the range."""
    extremes = [f.extremes for f in findings if f.extremes is not None]
    if not extremes:
        return []
    low, high = np.moveaxis(extremes, 1, 0)
    return image_form.doubts(np.stack([low.min(axis=0), high.max(axis=0)]))


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


def _infer_classes(
    findings: Iterable[Finding],
    tags: Mapping[str, frozenset[int]],
    problems: list[str],
) -> int | None:
    """Returns one more than the largest label or id, or appends why there is none."""
    present = np.any([finding.labels for finding in findings], axis=0)
    present[list(frozenset().union(*tags.values()))] = True
    labels = np.flatnonzero(present[:IGNORE_LABEL])
    if not len(labels) or labels[-1] == 0:
        problems.append(
            "no label but 0 and 255 (which means unlabelled) was found, and no tag. "
            "Label objects 1, 2, ..., or give the number of classes"
        )
        return None
    return int(labels[-1]) + 1
