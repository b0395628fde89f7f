"""What a reader gets: the files, the photographs, the user's choices, the report."""

import dataclasses
from pathlib import Path

from tf_rloss.data.annotations.photographs import Photographs
from tf_rloss.data.annotations.report import Report

PREDICTIONS = "predictions of models are not used"
IMAGE_LEVEL = "labels of whole images are not used"
OTHER_KINDS = "shapes of kinds without a meaning here are not used"
HIDDEN_POINTS = "points that are hidden or not set are not used"
NO_SIZE = "images are left out, since their size is unknown without the photograph"
OPEN_OUTLINES = "polygons that are not closed are taken as lines"
TWICE = "shapes are listed twice and count once"
NOT_READ = "files are passed over"
DAMAGED_FILES = "files are left out"
BROKEN_ENTRIES = "entries of images, tasks or classes cannot be read"
NO_SIZE_IN_FILE = "images have no size in the file that can be used"


@dataclasses.dataclass
class Inputs:
    """The arguments of a reader."""

    path: Path
    """The file or folder to read."""
    photographs: Photographs
    report: Report
    annotator: str | None = None
    """Id or e-mail address of the annotator to read, or "newest"."""
    unlabelled: str | None = None
    """Value or colour that means no label in label images."""
    class_attribute: str | None = None
    """Attribute that holds the class, where a tool leaves that to its users."""
    wanted: frozenset[str] = frozenset()
    """Names in the file of the classes to import; empty: all."""
