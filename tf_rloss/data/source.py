"""`Source` and `Example`: the form in which every data set reaches the pipelines."""

import dataclasses
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.labels import IGNORE_LABEL


class DataError(ValueError):
    """Raised for data that is missing or wrong; the message names the file or image."""


def first_few(names: Sequence[str]) -> str:
    """Returns the first five names, as a list in the text of a message."""
    return ", ".join([*names[:5], *["..."] * (len(names) > 5)])


def printable(text: str) -> str:
    """Returns a text with escapes for control characters, as file names can hold."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def read_lines(path: str | Path, encoding: str = "utf-8") -> list[str]:
    """Returns the lines of a text file.

    Args:
        path: the file.
        encoding: "utf-8", or "utf-8-sig" to leave out a byte order mark.

    Raises:
        FileNotFoundError: if there is no such file.
        DataError: if the file is not UTF-8 text.
    """
    try:
        return Path(path).read_text(encoding).splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: must be UTF-8 text ({error}).") from error


class Example(NamedTuple):
    """One image with its labels, as NumPy arrays.

    Scribble and mask have the size of the annotation, at which results are scored. It
    is larger than the image where a source scales its images down.
    """

    image: np.ndarray
    """uint8 (H, W, 3), RGB."""
    scribble: np.ndarray | None = None
    """uint8 (H0, W0), 255 = unlabelled; None if the image has no scribble."""
    mask: np.ndarray | None = None
    """uint8 (H0, W0), 255 = ignored; None if the image has no mask."""
    cues: np.ndarray | None = None
    """uint8 (h, w), 255 = none: the classes that an image classifier located, on a grid
    of any size that covers the image; None if the image has no cues."""
    tags: np.ndarray | None = None
    """bool (K,), true for the classes in the image. None means the classes that occur
    in mask and scribble."""


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """The images of a data set with their labels, read one at a time.

    Attributes:
        name: short name for logs and model cards.
        class_names: name of each of the K classes, class 0 first.
        palette: uint8 (K, 3), the RGB colour of each class.
        ids: a unique name for each image, which `read` takes.
        size: largest height and largest width of the images, in pixels as loaded.
        has_scribbles: whether the labelled images have scribbles.
        has_masks: whether the labelled images have masks.
        read: returns the `Example` of an id; always the same one, in any thread.
        has_cues: whether the labelled images have localization cues.
        unlabelled: ids of the images that have no labels of any kind.
        has_tags: whether the labelled images have tags of their own.
        files: the files that the images and labels are read from, to notice changes.
        image_scale: factor by which images are resized when they are read. Networks
            that learn from them see images of that scale.
        ignore_ids: labels in the files that are read as 255.
        unmasked: ids of the images that have no mask, where others have one.
        warnings: sentences about what is unusual in the files and can be a mistake.
        label_counts: "scribbles" and "masks" -> int64 (256,), the pixels of each id in
            all files, for sources that have counted them.

    Raises:
        DataError: if there are no images.
        ValueError: if `palette` does not hold one colour per class.
    """

    name: str
    class_names: tuple[str, ...]
    palette: np.ndarray = dataclasses.field(repr=False)
    ids: tuple[str, ...] = dataclasses.field(repr=False)
    size: tuple[int, int]
    has_scribbles: bool
    has_masks: bool
    read: Callable[[str], Example] = dataclasses.field(repr=False)
    has_cues: bool = False
    unlabelled: frozenset[str] = dataclasses.field(default=frozenset(), repr=False)
    has_tags: bool = False
    files: tuple[Path, ...] = dataclasses.field(default=(), repr=False)
    image_scale: float = 1.0
    ignore_ids: tuple[int, ...] = ()
    unmasked: frozenset[str] = dataclasses.field(default=frozenset(), repr=False)
    warnings: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    label_counts: Mapping[str, np.ndarray] = dataclasses.field(
        default_factory=dict, repr=False
    )

    def __post_init__(self):
        if not self.ids:
            raise DataError(f"Source {self.name!r} has no images.")
        if self.palette.shape != (self.num_classes, 3):
            raise ValueError(
                "`palette` must hold one RGB colour per class, shape "
                f"({self.num_classes}, 3). Received: shape {self.palette.shape}"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @property
    def labelled(self) -> np.ndarray:
        """bool (N,), true for the images that are not in `unlabelled`."""
        return np.array([name not in self.unlabelled for name in self.ids])

    def check_has_all(self, ids: Container[str], kind: str) -> None:
        """Checks that every image of the source is among `ids`.

        Raises:
            DataError: if some are not; it says that these have no `kind`.
        """
        missing = [name for name in self.ids if name not in ids]
        if missing:
            raise DataError(
                f"{len(missing)} of {len(self)} images of {self.name!r} have no "
                f"{kind}: {first_few(missing)}"
            )

    def check_class(self, label: float, kind: str, name: str) -> None:
        """Raises DataError if the largest label of an image is no class of the source.

        Args:
            label: the label.
            kind: word for the labels, such as "points".
            name: id of the image.
        """
        if label >= self.num_classes:
            raise DataError(
                f"The {kind} of {name} are of class {label:g}, and {self.name!r} has "
                f"classes 0 to {self.num_classes - 1}."
            )

    def take(self, indices: Sequence[int]) -> "Source":
        """Returns a source of the images at the positions `indices`, in that order."""
        return dataclasses.replace(self, ids=tuple(self.ids[i] for i in indices))

    def load(self, index: int) -> Example:
        """Reads the image at a position: the same as `source.read(source.ids[index])`.

        Args:
            index: 0 to `len(source) - 1`.
        """
        return self.read(self.ids[index])

    def load_tensors(
        self, index: tf.Tensor, *, original_labels: bool = False
    ) -> dict[str, tf.Tensor]:
        """Reads the image at a position as tensors, for `tf.data.Dataset.map`.

        Args:
            index: int64 scalar, 0 to `len(source) - 1`.
            original_labels: whether scribble and mask keep the size of the annotation,
                for evaluation. By default they are resized to the image.

        Returns:
            `{"image": uint8 (H, W, 3), "scribble": uint8 (H, W), "mask": uint8
            (H, W), "cues": uint8 (H, W), "tags": float32 (K,)}`. A label map that the
            example lacks is 255 everywhere. Tags are 1 for the classes in the image,
            else 0.
        """

        def read(index):
            example = self.load(index)
            image, original = example.image, original_labels
            return (
                image,
                _label_map(example.scribble, image, original, True),
                _label_map(example.mask, image, original, False),
                _label_map(example.cues, image, False, False),
                find_tags(example, self.num_classes),
            )

        image, scribble, mask, cues, tags = tf.numpy_function(
            read, [index], [*[tf.uint8] * 4, tf.float32], stateful=False
        )
        image.set_shape((None, None, 3))
        tags.set_shape((self.num_classes,))
        maps = {"scribble": scribble, "mask": mask, "cues": cues}
        for labels in maps.values():
            labels.set_shape((None, None))
        return {"image": image, **maps, "tags": tags}


def find_tags(example: Example, num_classes: int) -> np.ndarray:
    """Returns float32 (K,), 1 for the classes in the image and 0 for the others.

    These are the example's own tags, else the classes in its mask and scribble.

    Args:
        example: an image with labels.
        num_classes: number of classes K.
    """
    if example.tags is not None:
        return np.asarray(example.tags, np.float32)
    tags = np.zeros(num_classes, np.float32)
    for labels in (example.mask, example.scribble):
        if labels is not None:
            present = np.bincount(labels.ravel(), minlength=256)[:num_classes]
            tags[present > 0] = 1.0
    return tags


def _label_map(labels, image, original, keep_classes):
    """Returns a label map at the image's size or, if `original`, at its own.

    None gives a map that is 255 everywhere.
    """
    if labels is None:
        return np.full(image.shape[:2], IGNORE_LABEL, np.uint8)
    if original or labels.shape == image.shape[:2]:
        return labels
    return resize_label_map(labels, image.shape[:2], keep_classes=keep_classes)
