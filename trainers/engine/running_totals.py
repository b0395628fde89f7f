"""Totals over an epoch: sums of losses and counts of pixels."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tf_rloss import evaluation

from ..errors import TrainingError

GRADIENT = "gradient"


class RunningTotals:
    """Sums of losses and counts of pixels over an epoch, kept on the device.

    Args:
        terms: names of the loss terms.
        num_classes: number of classes K.
        monitors: names of further terms, which need not be finite.
        labels: name of the labels that predictions are compared with; None if the
            network learns from no label of pixels.

    Attributes:
        variables: the state, to be saved in checkpoints.
        seconds: time spent on the epoch, also before a restart.
    """

    def __init__(
        self,
        terms: Sequence[str],
        num_classes: int,
        monitors: Sequence[str] = (),
        labels: str | None = None,
    ):
        self._terms = (*terms, *monitors)
        self._losses = len(terms)
        self._num_classes, self._labels = num_classes, labels
        size = len(self._terms) + 1
        # float64: counts of pixels stay exact far beyond any epoch.
        self._sums = tf.Variable(tf.zeros((size,), tf.float64), trainable=False)
        self._counts = tf.Variable(
            tf.zeros((num_classes**2,), tf.float64), trainable=False
        )
        self._steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        # The first step at which each loss, and the gradient, was not finite.
        self._broken = tf.Variable(
            tf.fill((self._losses + 1,), tf.constant(-1, tf.int64)), trainable=False
        )

    @staticmethod
    def pack(
        terms: Sequence[tf.Tensor],
        total: tf.Tensor,
        gradient_norm: tf.Tensor,
        counts: tf.Tensor,
    ) -> tf.Tensor:
        """Returns all that a batch reports as one vector, for a single reduction.

        Args:
            terms: the losses and then the monitors.
            total: the weighted sum of the losses, which is minimized.
            gradient_norm: norm of its gradient.
            counts: confusion counts, (K * K,).
        """
        head = tf.stack([*terms, total, gradient_norm])
        return tf.concat([tf.cast(head, tf.float32), counts], 0)

    def add(self, packed: tf.Tensor, step: tf.Variable) -> None:
        """Adds the sum over replicas of `pack`, at the given step."""
        size = len(self._terms)
        values, counts = packed[: size + 2], packed[size + 2 :]
        self._sums.assign_add(tf.cast(values[: size + 1], tf.float64))
        self._counts.assign_add(tf.cast(counts, tf.float64))
        self._steps.assign_add(1)
        checked = tf.concat([values[: self._losses], values[size + 1 :]], 0)
        newly = tf.logical_not(tf.math.is_finite(checked)) & (self._broken < 0)
        self._broken.assign(tf.where(newly, step + 1, self._broken))

    @property
    def variables(self) -> list[tf.Variable]:
        return [self._sums, self._counts, self._steps, self._seconds, self._broken]

    @property
    def seconds(self) -> float:
        return float(self._seconds.numpy())

    def add_seconds(self, seconds: float) -> None:
        """Adds time that was spent on the epoch."""
        self._seconds.assign_add(seconds)

    def check_finite(self) -> None:
        """Raises TrainingError naming the first term and step that were not finite."""
        broken = self._broken.numpy()
        if np.all(broken < 0):
            return
        first = int(np.argmin(np.where(broken < 0, np.iinfo(np.int64).max, broken)))
        name = (*self._terms[: self._losses], GRADIENT)[first]
        raise TrainingError(
            f"The {name if name == GRADIENT else repr(name) + ' loss'} became infinite "
            f"or NaN at step {broken[first]}. Lower the learning rate or the weight of "
            "the regularizer; the last checkpoint before that step is kept."
        )

    def means(self) -> dict[str, float | None]:
        """Returns `{"loss": ..., term: ..., "scribble_miou": ...}` of the epoch.

        Losses are means over images. The last column is the mIoU on the labels that
        the network learns from, and is named after them.
        """
        means = self._sums.numpy() / max(int(self._steps.numpy()), 1)
        result = {"loss": float(means[-1])}
        if len(self._terms) > 1:
            result |= dict(zip(self._terms, means[:-1].tolist(), strict=True))
        if self._labels is not None:
            confusion = evaluation.ConfusionMatrix(self._num_classes)
            counts = self._counts.numpy().astype(np.int64)
            confusion.matrix += counts.reshape(self._num_classes, -1)
            mean_iou = confusion.mean_iou
            result[f"{self._labels}_miou"] = None if np.isnan(mean_iou) else mean_iou
        return result

    def reset(self) -> None:
        """Starts a new epoch."""
        for variable in (self._sums, self._counts, self._steps, self._seconds):
            variable.assign(tf.zeros_like(variable))
