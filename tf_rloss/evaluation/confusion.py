"""A confusion matrix over a whole data set, and the metrics computed from it."""

import numpy as np

from tf_rloss.checks import check_integer
from tf_rloss.labels import IGNORE_LABEL


class ConfusionMatrix:
    """Counts pixels by (true class, predicted class), 255 in the truth left out.

    The numbers follow PASCAL VOC: counts are summed over all images before any
    ratio is taken. A class that occurs neither in the truth nor in any
    prediction has no IoU: it is NaN in `iou` and left out of `mean_iou`.

    Args:
        num_classes: number of classes K, 1 to 255.

    Raises:
        ValueError: if `num_classes` is out of range.
    """

    def __init__(self, num_classes: int) -> None:
        check_integer("num_classes", num_classes, 1, IGNORE_LABEL)
        self.num_classes = num_classes
        self.matrix = np.zeros((num_classes, num_classes), np.int64)

    def update(self, mask: np.ndarray, label_map: np.ndarray) -> None:
        """Adds the pixels of one image.

        Args:
            mask: true labels, integer array (H, W); ids below K, or 255.
            label_map: predicted labels, integer array (H, W); ids below K.

        Raises:
            ValueError: if the shapes differ or an id is out of range.
        """
        mask, label_map = np.asarray(mask), np.asarray(label_map)
        if mask.shape != label_map.shape:
            raise ValueError(
                "`label_map` must have the shape of `mask`. Received: mask of shape "
                f"{mask.shape}, label_map of shape {label_map.shape}"
            )
        labelled = mask != IGNORE_LABEL
        truth = mask[labelled].astype(np.int64)
        predicted = label_map[labelled].astype(np.int64)
        for name, ids in (("mask", truth), ("label_map", predicted)):
            if ids.size and not 0 <= ids.min() <= ids.max() < self.num_classes:
                raise ValueError(
                    f"`{name}` must hold ids from 0 to {self.num_classes - 1}"
                    f"{', or 255' if name == 'mask' else ''}. "
                    f"Received: ids from {ids.min()} to {ids.max()}"
                )
        pairs = truth * self.num_classes + predicted
        counts = np.bincount(pairs, minlength=self.num_classes**2)
        self.matrix += counts.reshape(self.matrix.shape)

    def merge(self, other: "ConfusionMatrix") -> None:
        """Adds the counts of another matrix of the same classes."""
        if other.num_classes != self.num_classes:
            raise ValueError(
                f"`other` must have {self.num_classes} classes. "
                f"Received: {other.num_classes}"
            )
        self.matrix += other.matrix

    @property
    def iou(self) -> np.ndarray:
        """IoU of every class, tp / (row + column - tp): (K,), NaN where absent."""
        true_positives = np.diag(self.matrix)
        union = self.matrix.sum(axis=1) + self.matrix.sum(axis=0) - true_positives
        iou = np.full(self.num_classes, np.nan)
        np.divide(true_positives, union, out=iou, where=union > 0)
        return iou

    @property
    def mean_iou(self) -> float:
        """Mean of `iou` over the classes that occur; NaN when nothing does."""
        iou = self.iou
        occurs = ~np.isnan(iou)
        return float(iou[occurs].mean()) if occurs.any() else float("nan")

    @property
    def pixel_accuracy(self) -> float:
        """Share of labelled pixels that are right; NaN when nothing is labelled."""
        total = self.matrix.sum()
        return float(np.trace(self.matrix) / total) if total else float("nan")
