"""Preparation of targets and probabilities for the losses: types, sizes, channels."""

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import (
    check_fraction,
    check_image,
    check_probs,
    check_rank,
)
from tf_rloss.losses.value_checks import (
    check_order,
    check_order_of_images,
    check_prediction,
    check_same_size,
    check_tag_shape,
    check_whole,
    warn_of_small_range,
)
from tf_rloss.ops.bilateral import split_region


def as_floats(tensor: TensorLike) -> tf.Tensor:
    """Casts to float32, since sums over pixels overflow float16; float64 stays."""
    tensor = tf.convert_to_tensor(tensor)
    return tensor if tensor.dtype == tf.float64 else tf.cast(tensor, tf.float32)


def as_labels(labels: TensorLike) -> tf.Tensor:
    """Casts to int32; an error if a label is not a whole number."""
    labels = tf.convert_to_tensor(labels)
    check_whole(labels)
    return tf.cast(labels, tf.int32)


def as_pixel_weight(weight: TensorLike | None, probs: tf.Tensor) -> tf.Tensor:
    """Returns a weight for each pixel of `probs`, (B, H, W); ones for None."""
    if weight is None:
        return tf.ones((1, 1, 1), probs.dtype)
    weight = tf.cast(weight, probs.dtype)
    expected = "one number for each pixel, (B, H, W)"
    weight = check_rank("sample_weight", weight, 3, expected)
    return check_same_size("sample_weight", weight, probs)


def as_prediction(
    probs: TensorLike, from_logits: bool, target: tf.Tensor | None = None
) -> tf.Tensor:
    """Returns the prediction (B, H, W, K) that a loss was given, cast by `as_floats`.

    Args:
        probs: (B, H, W, K), probabilities or logits.
        from_logits: whether they are logits.
        target: a target with fewer axes, which tell whether the two are swapped.

    Raises:
        ValueError: if their shape is another, or values show that they are not what
            `from_logits` says; in a graph InvalidArgumentError.
    """
    probs = as_floats(probs)
    if target is not None:
        check_order(target, probs)
    probs = check_probs(probs)
    check_prediction(probs, from_logits)
    return probs


def as_probs(
    probs: TensorLike, from_logits: bool, target: tf.Tensor | None = None
) -> tf.Tensor:
    """Does the same as `as_prediction`, and takes the softmax of logits."""
    probs = as_prediction(probs, from_logits, target)
    return tf.nn.softmax(probs) if from_logits else probs


def prepare(
    image: TensorLike,
    probs: TensorLike,
    scale: float,
    sigma_rgb: float,
    from_logits: bool,
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
        sigma_rgb: bandwidth in intensity units, for a warning.
        from_logits: whether `probs` are logits, of which the softmax is taken.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, probs (B, h, w, K), all of
        the type of the cast `probs`.

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    check_fraction("scale", scale, zero=False)
    image = tf.convert_to_tensor(image)
    probs = as_probs(probs, from_logits)
    image = tf.stop_gradient(tf.cast(image, probs.dtype))
    check_order_of_images(image, probs)
    check_image(image, (3, 4))
    image = check_same_size("image", image, probs)
    warn_of_small_range(image[..., :3], sigma_rgb)
    if scale != 1:
        image = _at_scale(image, scale)
        resized = tf.image.resize(probs, tf.shape(image)[1:3], method="bilinear")
        probs = tf.cast(resized, probs.dtype)
    return *split_region(image), probs


def prepare_scribbled(
    image: TensorLike,
    probs: TensorLike,
    scale: float,
    sigma_rgb: float,
    from_logits: bool,
) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor | None, tf.Tensor]:
    """Does the same as `prepare` for an image that may carry labels.

    Args:
        image: as for `prepare`, or (B, H, W, 5) whose fifth channel are the labels.
        probs: (B, H, W, K).
        scale: as for `prepare`; labels are resized to the nearest pixel.
        sigma_rgb: as for `prepare`.
        from_logits: as for `prepare`.

    Returns:
        image (B, h, w, 3), region (B, h, w, 1) or None, labels int32 (B, h, w) or
        None, probs (B, h, w, K).

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    image = tf.convert_to_tensor(image)
    check_image(image, (3, 4, 5))
    rgb, region, probs = prepare(image[..., :4], probs, scale, sigma_rgb, from_logits)
    if image.shape[-1] < 5:
        return rgb, region, None, probs
    labels = image[..., 4:] if scale == 1 else _at_scale(image[..., 4:], scale)
    labels = check_same_size("image", labels, probs)
    return rgb, region, as_labels(labels[..., 0]), probs


def check_tags(tags: tf.Tensor, name: str, scores: tf.Tensor) -> tf.Tensor:
    """Returns tags with a known rank; an error unless they are (B, K).

    Args:
        tags: the tags.
        name: name of the argument with the scores.
        scores: its value, (B, ..., K).

    Raises:
        ValueError: if their shapes are known not to fit; where they are not known,
            InvalidArgumentError in the run.
    """
    expected = f"0 or 1 for each class of `{name}`, (B, K)"
    tags = check_rank("tags", tags, 2, expected)
    of_scores = (scores.shape[0], scores.shape[-1])
    if not tags.shape.is_compatible_with(of_scores):
        raise ValueError(
            f"`tags` must be {expected}. "
            f"Received: tags.shape={tags.shape}, {name}.shape={scores.shape}"
        )
    if None in (*tags.shape, *of_scores):
        check_tag_shape(tags, name, scores)
    return tags


def at_stride(stride: int, *tensors: tf.Tensor) -> list[tf.Tensor]:
    """Returns every `stride`-th row and column of tensors (B, H, W) or (B, H, W, C).

    All of them stay as they are if one is known to have no pixels, since XLA gives the
    gradient of an empty slice a wrong shape.
    """
    if stride == 1 or any(0 in tensor.shape[1:3] for tensor in tensors):
        return list(tensors)
    return [tensor[:, ::stride, ::stride] for tensor in tensors]


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
