"""Label conventions shared by the whole package: ignore label, VOC names, palette."""

import numpy as np

IGNORE_LABEL = 255
"""Value of a pixel that carries no label, in scribbles and in masks."""

VOC_CLASSES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)


def voc_palette(num_classes: int = 256) -> np.ndarray:
    """Returns the colours of the PASCAL VOC palette.

    Bit `3 i + c` of the label becomes bit `7 - i` of channel `c`: label 1 is
    (128, 0, 0), label 20 is (0, 64, 128), label 255 is (224, 224, 192).

    Args:
        num_classes: number of labels, 1 to 256.

    Returns:
        uint8 array (num_classes, 3), RGB.

    Raises:
        ValueError: if `num_classes` is outside 1 to 256.
    """
    if not 1 <= num_classes <= 256:
        raise ValueError(
            "`num_classes` must be from 1 to 256, since masks are 8-bit. "
            f"Received: num_classes={num_classes}"
        )
    labels = np.arange(num_classes)
    palette = np.zeros((num_classes, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= (
                ((labels >> (3 * bit + channel)) & 1) << (7 - bit)
            ).astype(np.uint8)
    return palette
