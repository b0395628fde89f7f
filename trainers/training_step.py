"""One step of training, as one graph, on every replica of a strategy."""

from collections.abc import Callable

import keras
import tensorflow as tf

from tf_rloss.labels import IGNORE_LABEL

from .averaging import WeightAverage
from .config import RunConfig
from .optimizers import OptimizerGroups
from .recipes import Recipe
from .tally import Tally


def make_train_step(
    recipe: Recipe,
    config: RunConfig,
    strategy: tf.distribute.Strategy,
    segmenter: keras.Model,
    optimizers: OptimizerGroups,
    average: WeightAverage,
    step: tf.Variable,
    tally: Tally,
) -> Callable[[object], None]:
    """Returns `train_step(iterator)`, which takes a batch and updates everything.

    The segmenter runs once; every loss of the recipe sees the same probabilities:

        L = sum over targets t of  w_t(step) sum_b loss_t(target_t, probs)_b / B

    with B the global batch, so that the gradients of all replicas add up to that of
    one device. Nothing is returned, hence nothing waits for the device.

    Args:
        recipe: the losses.
        config: a resolved config.
        strategy: whose scope the variables were made in.
        segmenter: model from image (B, H, W, 3) to probs (B, H, W, K).
        optimizers: of the segmenter's variables.
        average: of its weights.
        step: number of steps done.
        tally: takes the loss terms.
    """
    variables = optimizers.trainable

    def replica_step(batch, step: tf.Tensor) -> tf.Tensor:
        image, targets = batch
        with tf.GradientTape() as tape:
            probs = segmenter(image, training=True)
            terms = [
                tf.reduce_sum(loss.call(targets[name], probs)) / config.batch_size
                for name, loss in recipe.losses.items()
            ]
            weights = [
                term_weight(recipe, config, name, step) for name in recipe.losses
            ]
            total = tf.add_n([w * term for w, term in zip(weights, terms, strict=True)])
        gradients = tape.gradient(total, variables)
        optimizers.apply(gradients)
        average.update(step)
        labels = targets.get(recipe.label_target)
        counts = count_pixels(labels, probs)
        return Tally.pack(terms, total, tf.linalg.global_norm(gradients), counts)

    @tf.function
    def train_step(iterator) -> None:
        packed = strategy.run(replica_step, (next(iterator), step.read_value()))
        tally.add(strategy.reduce(tf.distribute.ReduceOp.SUM, packed, axis=None), step)
        step.assign_add(1)

    return train_step


def term_weight(
    recipe: Recipe, config: RunConfig, name: str, step: tf.Tensor
) -> tf.Tensor:
    """Weight of a loss at a step; ramped terms grow linearly from almost zero."""
    weight = recipe.loss_weights[name]
    ramp_steps = config.ramp_epochs * config.steps_per_epoch
    if name not in recipe.ramped or ramp_steps <= 0:
        return tf.constant(weight, tf.float32)
    progress = (tf.cast(step, tf.float32) + 1.0) / ramp_steps
    return weight * tf.minimum(progress, 1.0)


def count_pixels(labels: tf.Tensor | None, probs: tf.Tensor) -> tf.Tensor:
    """Confusion counts, flat (K * K,), true class major, over labelled pixels."""
    num_classes = probs.shape[-1]
    if labels is None:
        return tf.zeros((num_classes**2,), tf.float32)
    labels = tf.cast(tf.reshape(labels, (-1,)), tf.int32)
    predicted = tf.reshape(tf.argmax(probs, -1, tf.int32), (-1,))
    cell = tf.where(labels == IGNORE_LABEL, -1, labels * num_classes + predicted)
    ones = tf.ones_like(cell, tf.float32)
    return tf.math.unsorted_segment_sum(ones, cell, num_classes**2)
