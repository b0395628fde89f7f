"""The dense Gaussian affinity of an image over colour and position."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_image, check_rank
from tf_rloss.ops import library
from tf_rloss.ops.bandwidths import Bandwidth, attributes, of_colors, of_positions


def bilateral_features(
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
    sigma_color: TensorLike,
) -> tf.Tensor:
    """Returns each pixel's features: position / sigma_xy and colour / sigma_color.

    Args:
        image: tensor (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a
            volume (B, D, H, W, C) with C from 1 to 5.
        sigma_xy: spatial bandwidth in pixels, > 0, of images.
        sigma_xyz: for volumes, in place of `sigma_xy`: spatial bandwidth in voxels,
            > 0; or three, of x, y and z. These are the axes W, H and D.
        sigma_color: bandwidth in units of the image, > 0; or one for each channel.

    Returns:
        float32 tensor (B, N, D): x, y (and z), then the channels, of the N pixels. In
        volumes of one slice z is left out, so that they are images.

    Raises:
        ValueError: if a bandwidth is not positive and finite, or a shape is wrong.
        tf.errors.InvalidArgumentError: if a bandwidth that is computed in the run is
            not positive and finite.
    """
    sigma = of_positions(sigma_xy, sigma_xyz)
    image = check_image(tf.cast(image, tf.float32), sigma.count)
    colour = image * of_colors(sigma_color, image).reciprocals()
    return as_points(tf.concat([_positions(image, sigma), colour], axis=-1))


def spatial_features(
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
) -> tf.Tensor:
    """Returns each pixel's features: position / sigma_xy.

    Args:
        image: as for `bilateral_features`; only its shape is used.
        sigma_xy: as for `bilateral_features`.
        sigma_xyz: as for `bilateral_features`.

    Returns:
        float32 tensor (B, N, 2) of N pixels; (B, N, 3) for volumes of several slices.

    Raises:
        ValueError: if a bandwidth is not positive and finite, or a shape is wrong.
        tf.errors.InvalidArgumentError: if a bandwidth that is computed in the run is
            not positive and finite.
    """
    sigma = of_positions(sigma_xy, sigma_xyz)
    image = check_image(tf.convert_to_tensor(image), sigma.count)
    return as_points(_positions(image, sigma))


def as_points(tensor: tf.Tensor) -> tf.Tensor:
    """Reshapes (B, H, W, C) or (B, D, H, W, C) to (B, N, C)."""
    shape = tf.shape(tensor)
    points = tensor.shape[1:-1].num_elements()
    if points is None:
        points = tf.reduce_prod(shape[1:-1])
    channels = tensor.shape[-1]
    if channels is None:
        channels = shape[-1]
    return tf.reshape(tensor, tf.stack([shape[0], points, channels]))


def _positions(image: tf.Tensor, sigma: Bandwidth) -> tf.Tensor:
    """Returns x, y (and z) of each pixel over the bandwidth, (B, H, W, 2)."""
    shape = tf.shape(image)
    ranges = [tf.range(shape[1 + i], dtype=tf.float32) for i in range(sigma.count)]
    grids = tf.meshgrid(*ranges, indexing="ij")
    # XLA replaces a division by a constant by this product, whose last bit may differ.
    position = tf.stack(grids[::-1], axis=-1) * sigma.reciprocals()
    axes = 2
    if sigma.count == 3 and image.shape[1] != 1:
        known = image.shape[1] is not None
        axes = 3 if known else 2 + tf.cast(shape[1] != 1, tf.int32)
    position = position[..., :axes]
    return tf.broadcast_to(position, tf.concat([shape[:-1], [axes]], axis=0))


def bilateral_filter(
    values: TensorLike,
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
    sigma_color: TensorLike,
    equalized: bool = False,
) -> tf.Tensor:
    """Computes W S for the dense Gaussian affinity of an image, unnormalised.

        W_pq ~ exp(-|p - q|^2 / (2 sigma_xy^2) - |I_p - I_q|^2 / (2 sigma_color^2))

    includes the self term W_pp. W is symmetric, so the gradient with respect to
    `values` is the same filter; there is none with respect to `image`.

    Args:
        values: tensor (B, H, W, K), or (B, D, H, W, K) of a volume, of any float type.
        image: as for `bilateral_features`.
        sigma_xy: spatial bandwidth in pixels, > 0, of images. A tensor must have a
            value that is known when a function is traced; so must the others.
        sigma_xyz: as for `bilateral_features`.
        sigma_color: as for `bilateral_features`.
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
    axes = of_positions(sigma_xy, sigma_xyz).count
    expected = "(B, H, W, K)" if axes == 2 else "(B, D, H, W, K)"
    values = check_rank("values", tf.convert_to_tensor(values), axes + 2, expected)
    dtype = tf.float64 if values.dtype == tf.float64 else tf.float32
    image = check_image(tf.cast(image, dtype), axes)
    bandwidths = attributes(sigma_xy, sigma_xyz, sigma_color, image)

    # The op of the quadratic forms computes the features itself, block by block, which
    # saves memory. W is its own adjoint.
    @tf.custom_gradient
    def filtered(values: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        forms = library.load().rloss_bilateral_forms(
            values=tf.cast(values, dtype),
            image=image,
            region=tf.zeros([0, 0, 0, 1], dtype),
            equalized=equalized,
            **bandwidths,
        )
        return tf.cast(forms.filtered, values.dtype), filtered

    return filtered(values)
