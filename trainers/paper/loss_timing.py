"""Times of losses, forward and backward, measured side by side on one batch."""

import statistics
import time
from collections.abc import Mapping

import keras
import tensorflow as tf

from tf_rloss import data

from ..engine.batches import make_augmentation
from ..engine.config import RunConfig

REPETITIONS = 15


def seconds_of_losses(
    losses: Mapping[str, keras.losses.Loss], config: RunConfig, source: data.Source
) -> dict[str, float]:
    """Returns the median seconds of each loss and its gradient on one batch.

    The losses take turns, so that other work on the machine slows all of them alike.

    Args:
        losses: name -> loss on the target "image".
        config: a resolved config: size of batch and crops.
        source: training images.
    """
    batches = data.train_pipeline(
        source,
        batch_size=config.batch_size,
        crop_size=config.crop_size,
        augmentation=make_augmentation(config),
        targets=("image",),
    )
    _, targets = next(iter(batches))
    shape = (config.batch_size, *config.crop_size, source.num_classes)
    probs = tf.nn.softmax(tf.random.stateless_normal(shape, (0, 0)))
    graphs = {name: _gradient_of(loss) for name, loss in losses.items()}
    taken: dict[str, list[float]] = {name: [] for name in losses}
    for graph in graphs.values():
        graph(targets["image"], probs)  # traces it
    for _ in range(REPETITIONS):
        for name, graph in graphs.items():
            began = time.perf_counter()
            graph(targets["image"], probs).numpy()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def _gradient_of(loss: keras.losses.Loss):
    @tf.function
    def gradient(image: tf.Tensor, probs: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(probs)
            value = tf.reduce_sum(loss.call(image, probs))
        return tape.gradient(value, probs)

    return gradient
