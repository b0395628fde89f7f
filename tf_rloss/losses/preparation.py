"""Preparation of targets and probabilities for the losses: types, sizes, channels."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.checks import (
    check_bandwidth,
    check_fraction,
    check_image,
    check_probs,
    check_rank,
    check_region,
)
from tf_rloss.losses.affinity import Affinity
from tf_rloss.losses.value_checks import (
    check_order,
    check_order_of_images,
    check_prediction,
    check_same_size,
    check_tag_shape,
    check_whole,
    warn_of_small_range,
)


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
        return tf.ones([1] * (probs.shape.rank - 1), probs.dtype)
    weight = tf.cast(weight, probs.dtype)
    expected = "one number for each pixel, (B, H, W), or (B, D, H, W) of volumes"
    weight = check_rank("sample_weight", weight, probs.shape.rank - 1, expected)
    return check_same_size("sample_weight", weight, probs)


def as_prediction(
    probs: TensorLike,
    from_logits: bool,
    target: tf.Tensor | None = None,
    axes: int = 2,
) -> tf.Tensor:
    """Returns the prediction (B, H, W, K) that a loss was given, cast by `as_floats`.

    Args:
        probs: (B, H, W, K), or (B, D, H, W, K) of volumes, probabilities or logits.
        from_logits: whether they are logits.
        target: a target with fewer axes, which tell whether the two are swapped.
        axes: 2 for images, 3 for volumes.

    Raises:
        ValueError: if their shape is another, or values show that they are not what
            `from_logits` says; in a graph InvalidArgumentError.
    """
    probs = as_floats(probs)
    if target is not None:
        check_order(target, probs)
    probs = check_probs(probs, axes)
    check_prediction(probs, from_logits)
    return probs


def as_probs(
    probs: TensorLike,
    from_logits: bool,
    target: tf.Tensor | None = None,
    axes: int = 2,
) -> tf.Tensor:
    """Does the same as `as_prediction`, and takes the softmax of logits."""
    probs = as_prediction(probs, from_logits, target, axes)
    return tf.nn.softmax(probs) if from_logits else probs


def prepare(
    image: TensorLike,
    probs: TensorLike,
    region: TensorLike | None,
    kernel: Affinity | ops.DenseCRFSettings,
    *,
    scale: float,
    from_logits: bool,
) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor]:
    """Casts with `as_floats`, checks, and resizes.

    As in the original implementation, image and region are resized to the nearest
    pixel and probabilities bilinearly (corners not aligned, in float32). No gradient
    goes back to image and region.

    Args:
        image: (B, H, W, C), or (B, D, H, W, C).
        probs: (B, H, W, K), or (B, D, H, W, K).
        region: None, or the region of interest, of the shape of the image but one
            channel.
        kernel: has the number of axes, and for a warning the bandwidth of colours.
        scale: factor on all sizes, in (0, 1]. Sizes are rounded down, to at least one
            pixel.
        from_logits: whether `probs` are logits, of which the softmax is taken.

    Returns:
        image, region or None, and probs, all of the size (h, w) or (d, h, w), and of
        the type of the cast `probs`.

    Raises:
        ValueError: if `scale` or a shape is wrong.
    """
    check_fraction("scale", scale, zero=False)
    image = tf.convert_to_tensor(image)
    probs = as_floats(probs)
    check_order_of_images(image, probs)
    image = check_image(tf.stop_gradient(tf.cast(image, probs.dtype)), kernel.axes)
    probs = as_probs(probs, from_logits, axes=kernel.axes)
    image = check_same_size("image", image, probs)
    if region is not None:
        region = tf.stop_gradient(tf.cast(region, probs.dtype))
        region = check_region(region, kernel.axes)
        region = check_same_size("region", region, probs)
    check_bandwidth("sigma_color", kernel.sigma_color, image.shape[-1])
    warn_of_small_range(image, kernel.sigma_color)
    if scale != 1:
        image = _at_scale(image, scale, _to_nearest)
        region = region if region is None else _at_scale(region, scale, _to_nearest)
        probs = tf.cast(_at_scale(probs, scale, tf.image.resize), probs.dtype)
    return image, region, probs


def prepare_labels(
    labels: TensorLike | None,
    probs: TensorLike,
    settings: ops.DenseCRFSettings,
    scale: float = 1.0,
) -> tf.Tensor | None:
    """Returns labels as integers, resized to the nearest pixel; None stays None.

    Args:
        labels: None, or (B, H, W), or (B, D, H, W) of volumes.
        probs: the probabilities before `prepare`.
        settings: has the number of axes.
        scale: as for `prepare`.

    Raises:
        ValueError: if a shape is wrong, or a label is not a whole number.
    """
    if labels is None:
        return None
    probs = check_probs(tf.convert_to_tensor(probs), settings.axes)
    expected = "one integer per pixel of `image`"
    labels = check_rank("labels", as_labels(labels), settings.axes + 1, expected)
    labels = check_same_size("labels", labels, probs)
    if scale == 1:
        return labels
    return _at_scale(labels[..., tf.newaxis], scale, _to_nearest)[..., 0]


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


def at_stride(stride: int, *tensors: tf.Tensor, axes: int = 2) -> list[tf.Tensor]:
    """Returns every `stride`-th pixel along the axes after the first.

    All of them stay as they are if one is known to have no pixels, since XLA gives the
    gradient of an empty slice a wrong shape.
    """
    window = (slice(None), *[slice(None, None, stride)] * axes)
    if stride == 1 or any(0 in tensor.shape[1 : axes + 1] for tensor in tensors):
        return list(tensors)
    return [tensor[window] for tensor in tensors]


def _at_scale(
    tensor: tf.Tensor, scale: float, resize: Callable[..., tf.Tensor]
) -> tf.Tensor:
    """Resizes (B, H, W, C) or (B, D, H, W, C) by `resize(images, size)`."""
    shape = tf.shape(tensor)
    size = tf.cast(tf.cast(shape[1:-1], tf.float32) * scale, tf.int32)
    size = tf.maximum(size, 1)
    if tensor.shape.rank == 4:
        return resize(tensor, size)
    # First each slice as an image, and then each column of voxels along the depth.
    batch, depth, *_, channels = tf.unstack(shape, 5)
    slices = tf.reshape(tensor, tf.concat([[batch * depth], shape[2:]], 0))
    columns = [batch, depth, size[1] * size[2], channels]
    columns = tf.reshape(resize(slices, size[1:]), columns)
    columns = resize(columns, tf.stack([size[0], size[1] * size[2]]))
    return tf.reshape(columns, tf.concat([[batch], size, [channels]], 0))


def _to_nearest(images: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.ResizeNearestNeighbor(images=images, size=size)


def mean_inside(values: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """Returns the mean over each image of values (B, H, W), weighted by `inside`.

    Args:
        values: float tensor (B, H, W), or (B, D, H, W) of volumes.
        inside: weights of the same shape and type.

    Returns:
        Tensor (B,); 0 where all weights of an image are 0.
    """
    axes = list(range(1, values.shape.rank))
    return tf.math.divide_no_nan(
        tf.reduce_sum(values * inside, axis=axes), tf.reduce_sum(inside, axis=axes)
    )
