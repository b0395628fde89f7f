"""What a reader gets: the files, the photographs, the user's choices, the report."""

import dataclasses
from pathlib import Path

from tf_rloss.data.annotations.photographs import Photographs
from tf_rloss.data.annotations.report import Report


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
