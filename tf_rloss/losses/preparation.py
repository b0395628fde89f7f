"""Preparation of targets and probabilities for the losses: types, sizes, channels."""

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_fraction, check_image, check_probs, check_same_size
from tf_rloss.ops.bilateral import split_region


def as_floats(tensor: TensorLike) -> tf.Tensor:
    """Casts to float32, since sums over pixels overflow float16; float64 stays."""
    tensor = tf.convert_to_tensor(tensor)
    return tensor if tensor.dtype == tf.float64 else tf.cast(tensor, tf.float32)


def prepare(
    image: TensorLike, probs: TensorLike, scale: float
) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor]:
    """Casts with `as_floats`, splits off the region of interest, and resizes.

    As in the original implementation, image and region are resized to the nearest
    pixel and probabilities bilinearly (corners not aligned, in float32). No gradient
    goes back to the image.

    Args:
        image: (B, H, W, 3), or (B, H, W, 4) whose last channel is the region.
        probs: (B, H, W, K).
        scale: factor on height and width, in (0, 1]. Sizes are rounded down, to at
            least one pixel.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, probs (B, h, w, K), all of
        the type of the cast `probs`.

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    check_fraction("scale", scale, zero=False)
    probs = check_probs(as_floats(probs))
    image = tf.stop_gradient(tf.cast(image, probs.dtype))
    check_image(image, (3, 4))
    check_same_size("image", image, probs)
    if scale != 1:
        image = _at_scale(image, scale)
        resized = tf.image.resize(probs, tf.shape(image)[1:3], method="bilinear")
        probs = tf.cast(resized, probs.dtype)
    return *split_region(image), probs


def prepare_scribbled(
    image: TensorLike, probs: TensorLike, scale: float
) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor | None, tf.Tensor]:
    """Does the same as `prepare` for an image that may carry labels.

    Args:
        image: as for `prepare`, or (B, H, W, 5) whose fifth channel are the labels.
        probs: (B, H, W, K).
        scale: as for `prepare`; labels are resized to the nearest pixel.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, labels int32 (B, h, w) or
        None, probs (B, h, w, K).

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    image = tf.convert_to_tensor(image)
    check_image(image, (3, 4, 5))
    rgb, region, probs = prepare(image[..., :4], probs, scale)
    if image.shape[-1] < 5:
        return rgb, region, None, probs
    labels = image[..., 4:] if scale == 1 else _at_scale(image[..., 4:], scale)
    return rgb, region, tf.cast(labels[..., 0], tf.int32), probs


def _at_scale(image: tf.Tensor, scale: float) -> tf.Tensor:
    """Resizes (B, H, W, C) to the nearest pixels, at least one."""
    size = tf.cast(tf.shape(image)[1:3], tf.float32) * scale
    size = tf.maximum(tf.cast(size, tf.int32), 1)
    return tf.raw_ops.ResizeNearestNeighbor(images=image, size=size)


def mean_inside(values: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """Returns the mean over each image of values (B, H, W), weighted by `inside`.

    Args:
        values: float tensor (B, H, W).
        inside: weights (B, H, W) of the same type.

    Returns:
        Tensor (B,); 0 where all weights of an image are 0.
    """
    return tf.math.divide_no_nan(
        tf.reduce_sum(values * inside, axis=[1, 2]), tf.reduce_sum(inside, axis=[1, 2])
    )
