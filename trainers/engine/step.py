"""A step of training: one graph, run on every replica of a strategy."""

from collections.abc import Callable

import keras
import tensorflow as tf

from tf_rloss.labels import IGNORE_LABEL

from .accumulation import GradientMean
from .averaging import WeightAverage
from .config import RunConfig
from .optimizers import OptimizerGroups
from .recipe import PROBS, Recipe
from .running_totals import RunningTotals


def make_train_step(
    recipe: Recipe,
    config: RunConfig,
    strategy: tf.distribute.Strategy,
    segmenter: keras.Model,
    optimizers: OptimizerGroups,
    average: WeightAverage,
    step: tf.Variable,
    totals: RunningTotals,
) -> Callable[[object], None]:
    """Returns `train_step(iterator)`, which takes batches and updates everything.

    The training graph runs once a batch; every term of the recipe sees its outputs:

        L = sum over terms t of  w_t(step) sum_b loss_t(target_t, output_t)_b / B

    with B the global batch, so that the gradients of all replicas add up to that of
    one device. A step is one update of the weights, by the mean gradient of
    `config.accumulate_steps` batches. Nothing is returned, hence nothing waits for the
    device.

    Args:
        recipe: the losses.
        config: a resolved config.
        strategy: the strategy in whose scope the variables were made.
        segmenter: model from image (B, H, W, C) to probs (B, H, W, K).
        optimizers: optimizers of the segmenter's variables.
        average: average of the segmenter's weights.
        step: number of steps done.
        totals: totals that the terms of every batch are added to.
    """
    graph = recipe.make_graph(segmenter)
    variables = optimizers.trainable

    def differentiate(batch, step: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
        image, targets = batch

        def value(name: str, loss: keras.losses.Loss) -> tf.Tensor:
            output = outputs[recipe.output(name)]
            per_image = loss.call(targets[recipe.target(name)], output)
            return tf.reduce_sum(per_image) / config.batch_size

        with tf.GradientTape() as tape:
            outputs = graph(image, training=True)
            terms = [value(*term) for term in recipe.losses.items()]
            weights = [
                term_weight(recipe, config, name, step) for name in recipe.losses
            ]
            total = tf.add_n([w * term for w, term in zip(weights, terms, strict=True)])
            scaled = optimizers.scale_loss(total)
        gradients = tape.gradient(scaled, variables)
        monitored = [value(*term) for term in recipe.monitors.items()]
        counts = count_pixels(targets.get(recipe.label_target), outputs[PROBS])
        norm = optimizers.gradient_norm(gradients)
        return gradients, RunningTotals.pack([*terms, *monitored], total, norm, counts)

    def update(gradients: list[tf.Tensor], step: tf.Tensor) -> None:
        optimizers.apply(gradients)
        average.update(step)

    def count(packed) -> None:
        totals.add(strategy.reduce(tf.distribute.ReduceOp.SUM, packed, axis=None), step)

    def replica_step(batch, step: tf.Tensor) -> tf.Tensor:
        gradients, packed = differentiate(batch, step)
        update(gradients, step)
        return packed

    @tf.function
    def train_step(iterator) -> None:
        count(strategy.run(replica_step, (next(iterator), step.read_value())))
        step.assign_add(1)

    if config.accumulate_steps == 1:
        return train_step

    with strategy.scope():
        mean = GradientMean(variables, config.accumulate_steps)

    def accumulate(batch, step: tf.Tensor) -> tf.Tensor:
        gradients, packed = differentiate(batch, step)
        mean.add(gradients)
        return packed

    @tf.function
    def train_step_of_many(iterator) -> None:
        for _ in tf.range(config.accumulate_steps):
            count(strategy.run(accumulate, (next(iterator), step.read_value())))
        strategy.run(lambda step: update(mean.take(), step), (step.read_value(),))
        step.assign_add(1)

    return train_step_of_many


def term_weight(
    recipe: Recipe, config: RunConfig, name: str, step: tf.Tensor
) -> tf.Tensor:
    """Returns the weight of a term at a step; ramped ones grow linearly from zero."""
    weight = recipe.loss_weights[name]
    ramp_steps = config.ramp_epochs * config.steps_per_epoch
    if name not in recipe.ramped or ramp_steps <= 0:
        return tf.constant(weight, tf.float32)
    progress = (tf.cast(step, tf.float32) + 1.0) / ramp_steps
    return weight * tf.minimum(progress, 1.0)


def count_pixels(labels: tf.Tensor | None, probs: tf.Tensor) -> tf.Tensor:
    """Returns confusion counts (K * K,) of labelled pixels, true class major."""
    num_classes = probs.shape[-1]
    if labels is None:
        return tf.zeros((num_classes**2,), tf.float32)
    labels = tf.cast(tf.reshape(labels, (-1,)), tf.int32)
    predicted = tf.reshape(tf.argmax(probs, -1, tf.int32), (-1,))
    cell = tf.where(labels == IGNORE_LABEL, -1, labels * num_classes + predicted)
    ones = tf.ones_like(cell, tf.float32)
    return tf.math.unsorted_segment_sum(ones, cell, num_classes**2)
