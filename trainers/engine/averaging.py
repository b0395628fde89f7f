"""Averaged weights: an exponential moving average of a model over its steps."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf


class WeightAverage:
    """Shadow copies that follow the weights of a model.

    shadow <- d shadow + (1 - d) weight, with d = min(decay, (1 + step) / (10 + step)):
    the first steps weigh less, so that the initial weights are soon forgotten.
    Weights that are not trained, such as the statistics of batch normalization, are
    averaged in the same way, so that they fit the others.

    Args:
        weights: the variables to follow. Create the average inside the scope of the
            strategy that holds them.
        decay: the limit of d; 0 keeps plain copies.
    """

    def __init__(self, weights: Sequence[keras.Variable], decay: float):
        self._weights = [weight.value for weight in weights]
        self._decay = decay
        self.shadows = [
            tf.Variable(
                weight.numpy(),
                trainable=False,
                aggregation=tf.VariableAggregation.NONE,
            )
            for weight in self._weights
        ]

    def update(self, step: tf.Tensor) -> None:
        """Moves the shadows; call it on every replica after `step` was applied."""
        step = tf.cast(step, tf.float32)
        keep = tf.minimum(self._decay, (1.0 + step) / (10.0 + step))
        for shadow, weight in zip(self.shadows, self._weights, strict=True):
            share = tf.cast(1.0 - keep, shadow.dtype)
            shadow.assign_sub(share * (shadow - weight))

    def reset(self) -> None:
        """Sets the shadows to the weights, after these were loaded from a file."""
        for shadow, weight in zip(self.shadows, self._weights, strict=True):
            shadow.assign(weight.numpy())

    def values(self) -> list[np.ndarray]:
        """Returns the averaged weights, in the order of the model's `weights`."""
        return [shadow.numpy() for shadow in self.shadows]
