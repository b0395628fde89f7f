"""A source of labelled images: what every data set looks like to the pipelines."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tf_rloss.data.label_maps import resize_label_map
from tf_rloss.labels import IGNORE_LABEL


class DataError(ValueError):
    """Data that cannot be trained on; the message says which and why."""


class Example(NamedTuple):
    """One image and its label maps, as read.

    Label maps may be larger than the image (when images are scaled down); they
    keep the resolution of the annotation, which is where one evaluates.
    """

    image: np.ndarray
    """uint8 (H, W, 3), RGB."""
    scribble: np.ndarray | None = None
    """uint8 (H0, W0), 255 = unlabelled; None where there are no scribbles."""
    mask: np.ndarray | None = None
    """uint8 (H0, W0), 255 = ignored; None where there are no masks."""
    cues: np.ndarray | None = None
    """uint8 (h, w), 255 = none: classes localized by an image classifier, on a grid
    of any size that covers the image; None where there are none."""
    tags: np.ndarray | None = None
    """bool (K,): the classes in the image; None: those of mask and scribble."""


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """Images with scribbles, masks, cues, tags or several of them, read one at a time.

    Attributes:
        name: short name for logs and model cards.
        class_names: one name per class; class 0 first.
        palette: uint8 (K, 3), the RGB colour of each class.
        ids: one name per image; unique, the key that `read` takes.
        size: largest (height, width) of all images, in pixels as loaded.
        has_scribbles: whether labelled examples carry scribbles.
        has_masks: whether labelled examples carry full masks.
        read: function from an id to an `Example`; pure, called from many threads.
        has_cues: whether labelled examples carry localization cues.
        unlabelled: ids of the images that carry nothing of all this.
        has_tags: whether labelled examples carry tags of their own.
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
        """bool (N,): which of the images are not among the unlabelled."""
        return np.array([name not in self.unlabelled for name in self.ids])

    def take(self, indices: Sequence[int]) -> "Source":
        """Returns the source of the images at `indices`, in that order."""
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
    """Returns float32 (K,): 1 for the classes in the image, 0 for others."""
    if example.tags is not None:
        return np.asarray(example.tags, np.float32)
    tags = np.zeros(num_classes, np.float32)
    for labels in (example.mask, example.scribble):
        if labels is not None:
            present = np.bincount(labels.ravel(), minlength=256)[:num_classes]
            tags[present > 0] = 1.0
    return tags


def _label_map(labels, image, original, keep_classes):
    """Returns `labels`, or all 255 for None, at the image's size unless `original`."""
    if labels is None:
        return np.full(image.shape[:2], IGNORE_LABEL, np.uint8)
    if original or labels.shape == image.shape[:2]:
        return labels
    return resize_label_map(labels, image.shape[:2], keep_classes=keep_classes)


def split(source: Source, fraction: float, seed: int = 0) -> tuple[Source, Source]:
    """Splits a source in two by a hash of every image's id.

    The part an image falls in depends on the ids and the seed only, not on the
    machine or the order of the files. Both parts keep the source's order.

    Args:
        source: what to split; two images at least.
        fraction: share of the images to hold out, above 0 and below 1.
        seed: another seed gives another split.

    Returns:
        `(train, held_out)`; each has at least one image.

    Raises:
        ValueError: if `fraction` is not inside (0, 1) or there is one image only.
    """
    if not 0.0 < fraction < 1.0:
        raise ValueError(
            "`fraction` to hold out must be above 0 and below 1. "
            f"Received: fraction={fraction}"
        )
    if len(source) < 2:
        raise ValueError(
            "`source` must have two images at least to be split. "
            f"Received: {len(source)} image"
        )
    ranking = _ranking(source, seed)
    held_out = min(max(round(fraction * len(source)), 1), len(source) - 1)
    return (
        source.take(sorted(ranking[held_out:])),
        source.take(sorted(ranking[:held_out])),
    )


def subset(source: Source, count: int, seed: int = 0) -> Source:
    """Chooses images by a hash of their ids; more images contain the fewer.

    Args:
        source: what to choose from.
        count: number of images, from 1 to all.
        seed: another seed gives another choice.

    Returns:
        The chosen images, in the order of `source`.

    Raises:
        ValueError: if the source has not that many images.
    """
    if not 1 <= count <= len(source):
        raise ValueError(
            f"`count` must be from 1 to the number of images, {len(source)}. "
            f"Received: count={count}"
        )
    return source.take(sorted(_ranking(source, seed)[:count]))


def _ranking(source, seed):
    """Returns the indices of all images in an order that their ids and seed give."""
    digests = [
        hashlib.sha256(f"{seed}/{name}".encode()).digest() for name in source.ids
    ]
    return sorted(range(len(source)), key=digests.__getitem__)
