"""The order of training images, as endless streams that can start at any step."""

import numpy as np
import tensorflow as tf

# Shuffles and augmentations must draw from different streams of random numbers.
SHUFFLE_STREAM, AUGMENTATION_STREAM = 0, 1

_EPOCHS = 2**40
"""More epochs than any training has, so that two groups never share a seed."""


def shuffled_order(
    num_images: int, seed: int, start: int, group: int = 0
) -> tf.data.Dataset:
    """Returns an endless data set of (position, index of the image), two int64 scalars.

    Every epoch visits each image once, in an order drawn from (seed, epoch, group).

    Args:
        num_images: number of images in an epoch.
        seed: seed of the orders.
        start: position to start from; the positions before it are skipped.
        group: another group gives other orders.
    """

    def epoch(number):
        stream = tf.stack([seed * 2 + SHUFFLE_STREAM, number + group * _EPOCHS])
        order = tf.random.experimental.stateless_shuffle(
            tf.range(num_images, dtype=tf.int64), stream, alg="philox"
        )
        first = number * num_images
        positions = tf.range(first, first + num_images)
        return tf.data.Dataset.from_tensor_slices((positions, order))

    epochs = tf.data.Dataset.range(start // num_images, tf.int64.max)
    return epochs.flat_map(epoch).skip(start % num_images)


def mixed_order(
    labelled: np.ndarray,
    seed: int,
    start_step: int,
    batch_size: int,
    labelled_per_batch: int,
) -> tf.data.Dataset:
    """Returns such a data set whose batches hold a fixed number of labelled images.

    Labelled and unlabelled images have epochs of their own. The labelled rows are
    spread evenly over a batch, so that every worker gets its share of them.

    Args:
        labelled: bool (N,), true for labelled images; both kinds must occur.
        seed: seed of the orders.
        start_step: number of batches to skip.
        batch_size: number of images in a batch.
        labelled_per_batch: number of labelled images in a batch, from 1 to
            `batch_size - 1`.

    Raises:
        ValueError: if `labelled_per_batch` is out of range, or one kind is missing.
    """
    groups = [np.flatnonzero(labelled), np.flatnonzero(~labelled)]
    if not 0 < labelled_per_batch < batch_size or not all(map(len, groups)):
        raise ValueError(
            "`labelled_per_batch` must be above 0 and below the batch size, of a "
            "source with labelled and unlabelled images. Received: "
            f"labelled_per_batch={labelled_per_batch}, batch_size={batch_size}, "
            f"{len(groups[0])} labelled and {len(groups[1])} unlabelled images"
        )

    def images_of(group, rows):
        order = shuffled_order(len(groups[group]), seed, start_step * rows, group)
        return order.map(lambda _, place: tf.gather(groups[group], place))

    streams = [
        images_of(0, labelled_per_batch),
        images_of(1, batch_size - labelled_per_batch),
    ]
    quota = np.arange(batch_size + 1) * labelled_per_batch // batch_size
    rows = tf.data.Dataset.from_tensor_slices(1 - np.diff(quota)).repeat()
    images = tf.data.Dataset.choose_from_datasets(streams, rows)
    return images.enumerate(start_step * batch_size)
