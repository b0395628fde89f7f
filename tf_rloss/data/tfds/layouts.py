"""The features of known TFDS data sets, and the classes that their masks hold."""

import dataclasses

import numpy as np

from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES

_CITYSCAPES = {
    7: "road",
    8: "sidewalk",
    11: "building",
    12: "wall",
    13: "fence",
    17: "pole",
    19: "traffic light",
    20: "traffic sign",
    21: "vegetation",
    22: "terrain",
    23: "sky",
    24: "person",
    25: "rider",
    26: "car",
    27: "truck",
    28: "bus",
    31: "train",
    32: "motorcycle",
    33: "bicycle",
}
"""The 19 classes that results are scored on, by their values in the label maps."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """The features of a data set that a source is made from.

    Attributes:
        mask: name of the feature with the masks.
        class_names: name of each class, class 0 first.
        labels: uint8 (256,), the label for each value in the files; 255 = none.
        image: name of the feature with the images.
        scribble: name of the feature with the scribbles; None if there is none.
        id: name of a text feature that is unique for each image; None if there is none.
        strict: whether a value without a label, other than 255, is an error.
    """

    mask: str
    class_names: tuple[str, ...]
    labels: np.ndarray
    image: str = "image"
    scribble: str | None = None
    id: str | None = None
    strict: bool = False

    def find_labels(self, values: np.ndarray) -> np.ndarray:
        """Returns the labels, uint8 (H, W), for the values of a label map.

        Args:
            values: uint8 (H, W), or (H, W, C) with equal channels.

        Raises:
            ValueError: if a value has no label. The message continues after the name of
                the label map.
        """
        # Some label maps are stored with three equal channels.
        values = values if values.ndim == 2 else values[..., 0]
        if values.dtype != np.uint8:
            raise ValueError(f"must have 8 bits, and has type {values.dtype}")
        labels = self.labels[values]
        unknown = values[(labels == IGNORE_LABEL) & (values != IGNORE_LABEL)]
        if self.strict and unknown.size:
            raise ValueError(
                f"has label {unknown[0]}, outside 0 to {len(self.class_names) - 1} "
                "and not 255"
            )
        return labels


def table(labels: dict[int, int]) -> np.ndarray:
    """Returns uint8 (256,) with the labels of some values, and 255 for all others."""
    array = np.full(256, IGNORE_LABEL, np.uint8)
    array[list(labels)] = list(labels.values())
    return array


def plain_layout(mask: str, class_names: tuple[str, ...], **features: str) -> Layout:
    """Returns the layout of a data set whose masks hold the classes themselves.

    Args:
        mask: name of the feature with the masks.
        class_names: name of each class, class 0 first.
        **features: names of other features, as in `Layout`.
    """
    same = table({label: label for label in range(len(class_names))})
    return Layout(mask, class_names, same, strict=True, **features)


LAYOUTS = {
    "voc2012_scribble": plain_layout("mask", VOC_CLASSES, scribble="scribble", id="id"),
    # A trimap: 1 is the pet, 2 what is around it, 3 the border between them.
    "oxford_iiit_pet": Layout(
        "segmentation_mask",
        ("background", "pet"),
        table({1: 1, 2: 0}),
        id="file_name",
    ),
    # 0 stands for everything that is in none of the 150 classes.
    "scene_parse150": Layout(
        "annotation",
        tuple(f"class {number}" for number in range(1, 151)),
        table({value: value - 1 for value in range(1, 151)}),
    ),
    "cityscapes": Layout(
        "segmentation_label",
        tuple(_CITYSCAPES.values()),
        table({value: label for label, value in enumerate(_CITYSCAPES)}),
        image="image_left",
        id="image_id",
    ),
}
"""Known data sets by their names in TFDS."""
