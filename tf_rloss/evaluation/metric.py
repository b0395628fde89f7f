"""Mean IoU as a Keras metric, for `model.fit`."""

from typing import Any

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_integer
from tf_rloss.labels import IGNORE_LABEL


@keras.saving.register_keras_serializable(package="tf_rloss")
class MeanIoU(keras.metrics.Metric):
    """Mean IoU of softmax probabilities over all batches of an epoch.

    Counts are kept in one confusion matrix of whole numbers in float64, so that
    large data sets do not lose pixels to rounding; under a distribution strategy
    the matrices of the replicas are summed before any ratio is taken. Classes
    that occur neither in the truth nor in a prediction are left out of the mean.

    Args:
        num_classes: number of classes K.
        ignore_class: label in the truth that is not counted.
        name: name in the logs.
        dtype: type of the result, as in every Keras metric; counts are in float64
            whatever it is.

    Raises:
        ValueError: if `num_classes` is below 1, or `ignore_class` is no integer.
    """

    def __init__(
        self,
        num_classes: int,
        ignore_class: int = IGNORE_LABEL,
        name: str = "mean_iou",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        check_integer("num_classes", num_classes, 1)
        check_integer("ignore_class", ignore_class)
        self.num_classes = num_classes
        self.ignore_class = ignore_class
        self.matrix = self.add_variable(
            shape=(num_classes, num_classes),
            initializer="zeros",
            dtype="float64",
            aggregation="sum",
            name="matrix",
        )

    def update_state(
        self,
        y_true: TensorLike,
        y_pred: TensorLike,
        sample_weight: TensorLike | None = None,
    ) -> None:
        """Adds a batch.

        Args:
            y_true: labels (B, H, W), ids below K or `ignore_class`.
            y_pred: probabilities (B, H, W, K).
            sample_weight: weight of every image (B,) or pixel (B, H, W), or None.
        """
        predicted = tf.argmax(y_pred, axis=-1, output_type=tf.int32)
        truth = tf.cast(tf.convert_to_tensor(y_true), tf.int32)
        if truth.shape.rank != predicted.shape.rank:
            raise ValueError(
                "`y_true` must be (B, H, W) for `y_pred` (B, H, W, K). Received: "
                f"y_true of shape {truth.shape}, y_pred of shape {y_pred.shape}"
            )
        labelled = tf.not_equal(truth, self.ignore_class)
        weight = tf.cast(labelled, tf.float64)
        if sample_weight is not None:
            given = tf.cast(tf.convert_to_tensor(sample_weight), tf.float64)
            missing = weight.shape.rank - given.shape.rank
            weight *= tf.reshape(
                given, tf.concat([tf.shape(given), [1] * missing], axis=0)
            )
        truth = tf.where(labelled, truth, 0)
        known = tf.reduce_all((truth >= 0) & (truth < self.num_classes))
        message = f"`y_true` must be below {self.num_classes} or {self.ignore_class}."
        check = tf.debugging.Assert(known, [message, tf.reduce_max(truth)])
        # In eager mode the check has run already and is None.
        with tf.control_dependencies([] if check is None else [check]):
            pairs = truth * self.num_classes + predicted
        counts = tf.math.unsorted_segment_sum(
            tf.reshape(weight, [-1]), tf.reshape(pairs, [-1]), self.num_classes**2
        )
        self.matrix.assign_add(tf.reshape(counts, self.matrix.shape))

    def result(self) -> tf.Tensor:
        """Returns the mean IoU so far, 0 before any labelled pixel."""
        matrix = tf.convert_to_tensor(self.matrix)
        true_positives = tf.linalg.diag_part(matrix)
        union = tf.reduce_sum(matrix, 0) + tf.reduce_sum(matrix, 1) - true_positives
        iou = tf.math.divide_no_nan(true_positives, union)
        occurring = tf.reduce_sum(tf.cast(union > 0, tf.float64))
        mean = tf.math.divide_no_nan(tf.reduce_sum(iou), occurring)
        return tf.cast(mean, self.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, for saving."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "ignore_class": self.ignore_class,
        }
