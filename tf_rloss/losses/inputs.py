"""From the target and the output of a model to what the regularizers work on."""

import tensorflow as tf

from tf_rloss.checks import check_fraction, check_image, check_probs, check_same_size
from tf_rloss.ops.bilateral import split_region


def check_scale(scale: float) -> None:
    """Raises ValueError unless 0 < scale <= 1."""
    check_fraction("scale", scale, zero=False)


def prepare(image, probs, scale: float):
    """Casts to float32, splits off the region of interest and resizes.

    As in the original implementation, image and region are resized to the nearest
    pixel and probabilities bilinearly (corners not aligned). No gradient goes back to
    the image.

    Args:
        image: (B, H, W, 3), or (B, H, W, 4) whose last channel is the region.
        probs: (B, H, W, K).
        scale: in (0, 1]; the size is rounded down, to at least one pixel.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, probs (B, h, w, K).

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    check_scale(scale)
    image = tf.stop_gradient(tf.cast(image, tf.float32))
    probs = tf.cast(probs, tf.float32)
    check_probs(probs)
    check_image(image, (3, 4))
    check_same_size("image", image, probs)
    if scale != 1:
        image = _at_scale(image, scale)
        probs = tf.image.resize(probs, tf.shape(image)[1:3], method="bilinear")
    return *split_region(image), probs


def prepare_scribbled(image, probs, scale: float):
    """Does what `prepare` does, for an image that may carry labels.

    Args:
        image: as for `prepare`, or (B, H, W, 5), the fifth channel the labels.
        probs: (B, H, W, K).
        scale: in (0, 1]; labels, too, are resized to the nearest pixel.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, labels int32 (B, h, w) or
        None, probs (B, h, w, K).

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    check_scale(scale)
    image = tf.convert_to_tensor(image)
    check_image(image, (3, 4, 5))
    labels = None
    if image.shape[-1] == 5:
        labels = image[..., 4:]
        labels = labels if scale == 1 else _at_scale(labels, scale)
        labels = tf.cast(labels[..., 0], tf.int32)
    image, region, probs = prepare(image[..., :4], probs, scale)
    return image, region, labels, probs


def _at_scale(image, scale: float):
    """Resizes (B, H, W, C) to the nearest pixels, at least one."""
    size = tf.cast(tf.shape(image)[1:3], tf.float32) * scale
    size = tf.maximum(tf.cast(size, tf.int32), 1)
    return tf.raw_ops.ResizeNearestNeighbor(images=image, size=size)


def mean_inside(values, inside):
    """Mean of values (B, H, W) of each image, weighted by `inside`; 0 for no weight."""
    return tf.math.divide_no_nan(
        tf.reduce_sum(values * inside, axis=[1, 2]), tf.reduce_sum(inside, axis=[1, 2])
    )
