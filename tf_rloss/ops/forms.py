"""The quadratic forms S_k' W S_k and S_k' W 1 of a segmentation, and their gradient."""

from typing import NamedTuple

import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_image
from tf_rloss.ops import library
from tf_rloss.ops.bandwidths import attributes, of_positions


class QuadraticForms(NamedTuple):
    """Quadratic forms of a batch of segmentations S in an affinity W.

    Attributes:
        within: (B, K), S_k' W S_k.
        degree: (B, K), d' S_k with d = W 1.
        total: (B,), 1' W 1; without gradient.
        degrees: (B, H, W, 1), or (B, D, H, W, 1), d; without gradient.
    """

    within: tf.Tensor
    degree: tf.Tensor
    total: tf.Tensor
    degrees: tf.Tensor


def bilateral_forms(
    values: TensorLike,
    image: TensorLike,
    *,
    sigma_xy: TensorLike | None = None,
    sigma_xyz: TensorLike | None = None,
    sigma_color: TensorLike,
    region: TensorLike | None = None,
    equalized: bool = False,
) -> QuadraticForms:
    """Computes the quadratic forms of the dense Gaussian affinity of an image.

    W is that of `bilateral_filter`, restricted to the region of interest. One lattice
    and one filter serve all forms, and the gradient reuses the filtered values:

        d within_k / d S_k = 2 W S_k        d degree_k / d S_k = d

    There is no gradient to `image` and `region`, and no second derivative.

    Args:
        values: float32 or float64 tensor (B, H, W, K), or (B, D, H, W, K) of a volume.
        image: as for `bilateral_features`.
        sigma_xy: spatial bandwidth in pixels, > 0, of images. A tensor must have a
            value that is known when a function is traced; so must the others.
        sigma_xyz: as for `bilateral_features`.
        sigma_color: as for `bilateral_features`.
        region: None, or a tensor of the shape of the image but one channel: a factor
            for each pixel; pixels where it is 0 neither give nor receive.
        equalized: whether to make W_pp one, which brings W closer to the exact one;
            see `permutohedral_filter`.

    Returns:
        `QuadraticForms` of the type of `values`.

    Raises:
        ValueError: if a bandwidth is not positive and finite, or not known, the shape
            of the image is wrong, or a second derivative is taken.
        tf.errors.InvalidArgumentError: if a shape is wrong, or the image holds NaN.
    """
    values = tf.convert_to_tensor(values)
    axes = of_positions(sigma_xy, sigma_xyz).count
    image = check_image(tf.cast(image, values.dtype), axes)
    if region is None:
        region = tf.zeros([0, 0, 0, 1], values.dtype)
    forms = library.load().rloss_bilateral_forms(
        values=values,
        image=image,
        region=tf.cast(region, values.dtype),
        equalized=equalized,
        **attributes(sigma_xy, sigma_xyz, sigma_color, image),
    )
    return QuadraticForms(
        forms.within,
        forms.degree,
        tf.stop_gradient(forms.total),
        tf.stop_gradient(forms.degrees),
    )


@tf.RegisterGradient("Rloss>BilateralForms")
def _bilateral_forms_gradient(
    op: tf.Operation,
    filtered: tf.Tensor,
    degrees: tf.Tensor,
    within: tf.Tensor,
    degree: tf.Tensor,
    total: tf.Tensor,
) -> tuple[tf.Tensor, None, None]:
    # Nothing else uses `filtered`; `degrees` and `total` do not depend on the values.
    del filtered, degrees, total
    gradient = library.load().rloss_bilateral_forms_gradient(
        filtered=op.outputs[0], degrees=op.outputs[1], within=within, degree=degree
    )
    return gradient, None, None


@tf.RegisterGradient("Rloss>BilateralFormsGradient")
def _no_second_derivative(op: tf.Operation, *gradients: tf.Tensor) -> None:
    raise ValueError(
        "The quadratic forms, and the losses that stand on them, have no second "
        "derivative. Take gradients of them once only."
    )
