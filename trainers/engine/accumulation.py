"""The mean gradient over several batches, for networks that allow only small ones."""

from collections.abc import Sequence

import keras
import tensorflow as tf


class GradientMean:
    """Sums gradients, each replica its own, until they are taken.

    Keras' optimizers accumulate, too, but evaluate the schedule of the learning rate
    at the number of batches, and branch within a replica, which strategies of several
    devices refuse. Here a step is an update of the weights, whatever the number of
    batches, and nothing is left over between two steps.

    Args:
        variables: the variables that gradients are taken with respect to. Create the
            object inside the scope of the strategy that holds them.
        batches: number of batches whose gradients make one mean.
    """

    def __init__(self, variables: Sequence[keras.Variable], batches: int):
        self._batches = batches
        self._sums = [
            tf.Variable(
                tf.zeros(variable.shape, variable.dtype),
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.SUM,
            )
            for variable in variables
        ]

    def add(self, gradients: Sequence[tf.Tensor | None]) -> None:
        """Adds the gradients of one batch; None stands for no gradient."""
        for total, gradient in zip(self._sums, gradients, strict=True):
            if gradient is not None:
                total.assign_add(gradient)

    def take(self) -> list[tf.Tensor]:
        """Returns the mean over the batches since the last call, and starts anew."""
        means = [total.read_value() / self._batches for total in self._sums]
        with tf.control_dependencies(means):
            for total in self._sums:
                total.assign(tf.zeros_like(total))
        return means
