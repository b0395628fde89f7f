"""Which features of TFDS's data sets are images and label maps, and what they mean."""

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
"""The 19 classes that are evaluated, by the value in the label maps."""


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """The features of a data set that a source is made of.

    Attributes:
        mask: name of the feature with full masks.
        class_names: one name per class; class 0 first.
        labels: uint8 (256,): the label for each value in the files, 255 = none.
        image: name of the feature with images.
        scribble: name of the feature with scribbles, where there is one.
        id: name of a text feature, unique for each image, where there is one.
        strict: whether values that have no label must be 255.
    """

    mask: str
    class_names: tuple[str, ...]
    labels: np.ndarray
    image: str = "image"
    scribble: str | None = None
    id: str | None = None
    strict: bool = False

    def find_labels(self, values: np.ndarray) -> np.ndarray:
        """Returns the labels for the values of a label map, uint8 (H, W).

        Raises:
            ValueError: in a few words, if there are values that mean nothing.
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
    """Returns uint8 (256,), 255 but for the values of `labels`."""
    array = np.full(256, IGNORE_LABEL, np.uint8)
    array[list(labels)] = list(labels.values())
    return array


def plain_layout(mask: str, class_names: tuple[str, ...], **features) -> Layout:
    """The layout of label maps that hold the class itself."""
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
    # 0 is what has none of the 150 classes.
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
"""Known data sets by TFDS name."""
