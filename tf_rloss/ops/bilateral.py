"""The dense Gaussian affinity of an image over colour and position."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_image, check_rank
from tf_rloss.ops import library
from tf_rloss.ops.bandwidths import fixed_bandwidths, reciprocal


def bilateral_features(
    image: TensorLike, sigma_xy: TensorLike, sigma_color: TensorLike
) -> tf.Tensor:
    """Returns each pixel's features (x / sigma_xy, y / sigma_xy, rgb / sigma_color).

    Args:
        image: tensor (B, H, W, 3), RGB in [0, 255].
        sigma_xy: spatial bandwidth in pixels, > 0.
        sigma_color: colour bandwidth in units of intensity, > 0.

    Returns:
        float32 tensor (B, H * W, 5).

    Raises:
        ValueError: if a bandwidth is not positive and finite, or the image does not
            have 3 channels.
        tf.errors.InvalidArgumentError: if a bandwidth that is computed in the run is
            not positive and finite.
    """
    image = check_image(tf.cast(image, tf.float32))
    colour = image * reciprocal("sigma_color", sigma_color)
    features = tf.concat([_positions(image, sigma_xy), colour], axis=-1)
    return _as_points(features, 5)


def spatial_features(image: TensorLike, sigma_xy: TensorLike) -> tf.Tensor:
    """Returns each pixel's features (x / sigma_xy, y / sigma_xy).

    Args:
        image: tensor (B, H, W, 3); only its shape is used.
        sigma_xy: spatial bandwidth in pixels, > 0.

    Returns:
        float32 tensor (B, H * W, 2).

    Raises:
        ValueError: if the bandwidth is not positive and finite, or the image does not
            have 3 channels.
        tf.errors.InvalidArgumentError: if a bandwidth that is computed in the run is
            not positive and finite.
    """
    image = check_image(tf.convert_to_tensor(image))
    return _as_points(_positions(image, sigma_xy), 2)


def split_region(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Splits an image from its region of interest.

    Args:
        image: tensor (B, H, W, 3), RGB; or (B, H, W, 4), whose last channel is the
            region.

    Returns:
        RGB (B, H, W, 3), and the region (B, H, W, 1), or None if there is none.

    Raises:
        ValueError: for another number of channels.
    """
    check_image(image, (3, 4))
    if image.shape[-1] == 3:
        return image, None
    return image[..., :3], image[..., 3:]


def _positions(image: tf.Tensor, sigma_xy: TensorLike) -> tf.Tensor:
    """Returns x and y of each pixel over the bandwidth, (B, H, W, 2)."""
    batch, height, width = tf.unstack(tf.shape(image)[:3])
    x, y = tf.meshgrid(
        tf.range(width, dtype=tf.float32), tf.range(height, dtype=tf.float32)
    )
    # XLA replaces a division by a constant by this product, whose last bit may differ.
    position = tf.stack([x, y], axis=-1) * reciprocal("sigma_xy", sigma_xy)
    return tf.broadcast_to(position, tf.stack([batch, height, width, 2]))


def _as_points(features: tf.Tensor, dim: int) -> tf.Tensor:
    """Reshapes (B, H, W, dim) to (B, H * W, dim)."""
    shape = tf.shape(features)
    return tf.reshape(features, tf.stack([shape[0], shape[1] * shape[2], dim]))


def bilateral_filter(
    values: TensorLike,
    image: TensorLike,
    *,
    sigma_xy: TensorLike,
    sigma_color: TensorLike,
    equalized: bool = False,
) -> tf.Tensor:
    """Computes W S for the dense Gaussian affinity of an image, unnormalised.

        W_pq ~ exp(-|p - q|^2 / (2 sigma_xy^2) - |I_p - I_q|^2 / (2 sigma_color^2))

    includes the self term W_pp. W is symmetric, so the gradient with respect to
    `values` is the same filter; there is none with respect to `image`.

    Args:
        values: tensor (B, H, W, C) of any float type.
        image: tensor (B, H, W, 3), RGB in [0, 255].
        sigma_xy: spatial bandwidth in pixels, > 0. A tensor must have a value that is
            known when a function is traced.
        sigma_color: colour bandwidth in units of intensity, > 0, likewise.
        equalized: whether to make W_pp one, which brings W closer to the exact one;
            see `permutohedral_filter`.

    Returns:
        Tensor of the shape and type of `values`.

    Raises:
        ValueError: if a bandwidth is not positive and finite, or not known, or a rank
            is wrong.
        tf.errors.InvalidArgumentError: if the sizes differ, there is no channel, or
            the image holds NaN.
    """
    bandwidths = fixed_bandwidths(sigma_xy=sigma_xy, sigma_color=sigma_color)
    values = check_rank("values", tf.convert_to_tensor(values), 4, "(B, H, W, C)")
    dtype = tf.float64 if values.dtype == tf.float64 else tf.float32
    image = check_image(tf.cast(image, dtype))

    # The op of the quadratic forms computes the features itself, block by block, which
    # saves memory. W is its own adjoint.
    @tf.custom_gradient
    def filtered(values: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        forms = library.load().rloss_bilateral_forms(
            values=tf.cast(values, dtype),
            image=image,
            region=tf.zeros([0, 0, 0, 1], dtype),
            equalized=equalized,
            sigma_xy=bandwidths["sigma_xy"],
            sigma_rgb=bandwidths["sigma_color"],
        )
        return tf.cast(forms.filtered, values.dtype), filtered

    return filtered(values)
