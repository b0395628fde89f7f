"""The neutral form that the reader of every annotation format returns."""

import dataclasses
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from tf_rloss.data.annotations.geometry import Geometry

Kind = Literal["outline", "mask", "brush", "line", "click", "box"]
"""An outline is a polygon or an ellipse. A mask is given by its pixels and means whole
objects; a brush is given by its pixels, too, and means strokes."""

Color = tuple[int, int, int]

IGNORED = "__ignore__"
"""Class of shapes whose pixels carry no label, whatever lies below them."""


class Shape(NamedTuple):
    """One shape of an image."""

    kind: Kind
    names: tuple[str, ...]
    """Names of its classes in the file: () if it has none, several if it is unclear."""
    geometry: Geometry
    where: str
    """The place of the shape in its file, for messages."""


@dataclasses.dataclass
class AnnotatedImage:
    """The shapes of one image, in the order of the file."""

    name: str
    """Name of the image in the file, with "/" between folders."""
    size: tuple[int, int] | None = None
    """Its (height, width) by the file, None if the file does not tell."""
    shapes: list[Shape] = dataclasses.field(default_factory=list)
    photograph_names: tuple[str, ...] = ()
    """Names of the photograph's file, the likeliest first; (): that of the image."""
    photograph: bytes | np.ndarray | None = None
    """The photograph, if it is in the file: a PNG or JPEG file, or uint8 (H, W)."""

    @property
    def lookups(self) -> tuple[str, ...]:
        """Names under which the photograph is looked for."""
        return self.photograph_names or (self.name,)


@dataclasses.dataclass
class Annotations:
    """What a reader has found."""

    images: list[AnnotatedImage]
    classes: Mapping[str, Color | None]
    """The classes that the file lists, in its order, and their colours. Those of shapes
    that are not listed follow in the order of the shapes."""
    later_on_top: bool = False
    """Whether the tool draws later shapes over earlier ones. If not, pixels of two
    classes get no label."""
