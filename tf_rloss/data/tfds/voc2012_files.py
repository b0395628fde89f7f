"""Finds the files of PASCAL VOC 2012 with scribbles, in their common layout."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from absl import logging

from tf_rloss.data.source import DataError, first_few, read_lines

NUM_IMAGES = {"train": 10582, "val": 1449}
"""Number of images: for training those of SBD and VOC 2012, for val those of VOC."""

PNG_FOLDER = "pascal_2012_scribble"
XML_FOLDER = "pascal_2012"

LAYOUT = f"""\
JPEGImages/*.jpg                      the images of VOC 2012
SegmentationClassAug/*.png            masks of VOC 2012 and SBD
{PNG_FOLDER}/*.png            scribbles as label maps (255 = unlabelled), or
{XML_FOLDER}/*.xml                     scribbles as ScribbleSup publishes them
ImageSets/SegmentationAug/train.txt   10,582 lines, the image's file name first
ImageSets/SegmentationAug/val.txt     1,449 lines
"""

# A public copy of train.txt lacks this image only.
_FORGOTTEN = "2007_000032"


class VOCFiles(NamedTuple):
    """The files of one image."""

    image: Path
    mask: Path
    scribble: Path | None
    """A PNG or an XML file; None for the images of val."""


def find_voc2012(root: str | Path, split: str) -> dict[str, VOCFiles]:
    """Finds the files of the images in a split.

    A list with more or fewer images than usual is used as it is, with a warning. The
    image 2007_000032, which a public copy of train.txt lacks, is added to it.

    Args:
        root: the folder with JPEGImages/ and the others in `LAYOUT`.
        split: "train" or "val".

    Returns:
        The files of each image by its id, in the order of the list.

    Raises:
        DataError: if files are missing; it names them, or the layout that is expected.
    """
    root = Path(root)
    parts = [
        "JPEGImages",
        "SegmentationClassAug",
        f"ImageSets/SegmentationAug/{split}.txt",
    ]
    missing = [part for part in parts if not (root / part).exists()]
    scribbles = [name for name in (PNG_FOLDER, XML_FOLDER) if (root / name).is_dir()]
    if split == "train" and not scribbles:
        missing.append(f"{PNG_FOLDER} or {XML_FOLDER}")
    if missing:
        raise DataError(
            f"{root}: has no {', no '.join(missing)}. Expected there:\n{LAYOUT}"
        )
    ids = _read_list(root / parts[2])
    if split == "train" and len(ids) == NUM_IMAGES["train"] - 1:
        ids += [_FORGOTTEN] * (_FORGOTTEN not in ids)
    if len(ids) != NUM_IMAGES[split]:
        logging.warning(
            "%s lists %d images, not the usual %d.",
            root / parts[2],
            len(ids),
            NUM_IMAGES[split],
        )
    files = {name: _files_of(root, name, split, scribbles) for name in ids}
    _check_exist(root, files)
    return files


def _read_list(path):
    """Returns the ids of the images in a list, whose lines begin with their paths."""
    ids = [Path(line.split()[0]).stem for line in read_lines(path) if line.strip()]
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice or not ids:
        raise DataError(
            f"{path}: {f'lists {twice[0]} twice' if twice else 'is empty'}."
        )
    return ids


def _files_of(root, name, split, scribbles):
    """Returns the files of one image; `scribbles` are the folders there are."""
    scribble = None
    if split == "train":
        suffixes = {PNG_FOLDER: ".png", XML_FOLDER: ".xml"}
        scribble = root / scribbles[0] / (name + suffixes[scribbles[0]])
    return VOCFiles(
        root / "JPEGImages" / f"{name}.jpg",
        root / "SegmentationClassAug" / f"{name}.png",
        scribble,
    )


def _check_exist(root, files):
    """Raises an error that counts and names the missing files in each folder."""
    problems = []
    for kind in VOCFiles._fields:
        paths = [getattr(item, kind) for item in files.values()]
        missing = [path for path in paths if path is not None and not path.is_file()]
        if missing:
            problems.append(
                f"  {missing[0].parent.name}/: {len(missing)} of {len(paths)} missing: "
                f"{first_few([path.name for path in missing])}"
            )
    if problems:
        raise DataError("\n".join([f"{root}: files are missing.", *problems]))
