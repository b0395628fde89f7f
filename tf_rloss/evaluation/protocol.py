"""The evaluation protocol of the paper over a data set."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image

from tf_rloss.evaluation.confusion import ConfusionMatrix
from tf_rloss.evaluation.prediction import Predict


@dataclasses.dataclass(frozen=True)
class Scored:
    """An evaluated image.

    Attributes:
        index: position of the image in its source.
        image: uint8 array (H, W, 3), the segmenter's input.
        mask: true labels (H0, W0) at the original resolution, 255 = ignored.
        label_map: predicted labels (H0, W0).
        confusion: counts of this image alone.
    """

    index: int
    image: np.ndarray
    mask: np.ndarray
    label_map: np.ndarray
    confusion: ConfusionMatrix

    @property
    def full_image(self) -> np.ndarray:
        """The image at the original resolution, uint8 array (H0, W0, 3)."""
        return np.asarray(Image.fromarray(self.image).resize(self.mask.shape[::-1]))


def evaluate(
    predict: Predict,
    dataset: tf.data.Dataset,
    num_classes: int,
    on_example: Callable[[Scored], None] | None = None,
) -> ConfusionMatrix:
    """Labels every image of a data set and counts the pixels.

    There is one confusion matrix over the whole set; pixels with 255 in the truth are
    left out. Probabilities are resized to the mask before a class is chosen, so that
    pixels are counted at the original resolution.

    Args:
        predict: as `make_predict` returns it.
        dataset: unbatched dicts with `image` uint8 (H, W, 3), `mask` uint8
            (H0, W0) and `index`.
        num_classes: number of classes K.
        on_example: called with a `Scored` after each image; None: nothing is called.

    Returns:
        The confusion matrix over all images.

    Raises:
        ValueError: if `predict` does not return K classes, or a mask holds an
            id that is neither below K nor 255.
    """
    total = ConfusionMatrix(num_classes)
    for item in dataset.as_numpy_iterator():
        probs = predict(item["image"], item["mask"].shape)
        if probs.shape != (*item["mask"].shape, num_classes):
            raise ValueError(
                f"`predict` must return {num_classes} classes at the size of the "
                f"mask, {item['mask'].shape}. Received: shape {probs.shape}"
            )
        label_map = probs.argmax(axis=-1).astype(np.uint8)
        confusion = ConfusionMatrix(num_classes)
        confusion.update(item["mask"], label_map)
        total.merge(confusion)
        if on_example is not None:
            on_example(
                Scored(
                    index=int(item["index"]),
                    image=item["image"],
                    mask=item["mask"],
                    label_map=label_map,
                    confusion=confusion,
                )
            )
    return total
