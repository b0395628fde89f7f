"""The quadratic forms of a segmentation, from which all regularizers are computed.

With W restricted to the region of interest and S_k the k-th channel of the
probabilities, the losses need nothing but

    within_k = S_k' W S_k        degree_k = d' S_k        total = 1' W 1

where d = W 1. They are entries of one small Gram matrix [S, 1]' W [S, 1], so one
filter of K + 1 channels serves every term. Since W is symmetric, the gradient

    d within_k / d S_k = 2 W S_k        d degree_k / d S_k = d

needs only the channels that this filter has already returned.
"""

import tensorflow as tf

from tf_rloss import ops
from tf_rloss.losses.affinity import Affinity


def quadratic_forms(
    image: tf.Tensor, region: tf.Tensor | None, probs: tf.Tensor, affinity: Affinity
) -> ops.QuadraticForms:
    """Computes the quadratic forms with one filter, and so does their gradient.

    The gradient reaches `probs` only. It treats W S as a constant, so it must not be
    differentiated again.

    Args:
        image: float tensor (B, H, W, C), or (B, D, H, W, C) of a volume.
        region: None, or a tensor of this shape but one channel; pixels where it is 0
            neither give nor receive.
        probs: tensor (B, H, W, K), or (B, D, H, W, K), of the type of `image`.
        affinity: W.

    Returns:
        `ops.QuadraticForms` of the type of `probs`.
    """
    if affinity.kind == "gaussian":
        return ops.bilateral_forms(
            probs,
            image,
            sigma_xy=affinity.sigma_xy,
            sigma_xyz=affinity.sigma_xyz,
            sigma_color=affinity.sigma_color,
            region=region,
            equalized=affinity.equalized,
        )
    return _grid_forms(image, region, probs, affinity)


def _grid_forms(
    image: tf.Tensor, region: tf.Tensor | None, probs: tf.Tensor, affinity: Affinity
) -> ops.QuadraticForms:
    """Computes the same by stock TensorFlow, for affinities of nearest neighbours."""

    def inside(tensor):
        return tensor if region is None else tensor * region

    @tf.custom_gradient
    def forms(probs):
        ones = tf.ones_like(image[..., :1])
        segments = inside(tf.concat([probs, ones], axis=-1))  # [S, 1]
        filtered = affinity.grid_product(segments, image)  # W [S, 1]
        # [S, 1]' W [S, 1], summed row by row: shorter sums round less.
        gram = tf.matmul(segments, filtered, transpose_a=True)
        gram = tf.reduce_sum(gram, axis=list(range(1, affinity.axes)))
        within = tf.linalg.diag_part(gram)[:, :-1]
        degree = gram[:, :-1, -1]
        total = gram[:, -1, -1]
        degrees = inside(filtered[..., -1:])

        def gradient(d_within, d_degree, d_total, d_degrees):
            del d_total, d_degrees  # they do not depend on the probabilities
            # sum_k of 2 W S_k d_within_k + d d_degree_k, for all k in one product.
            mixture = tf.concat(
                [2.0 * tf.linalg.diag(d_within), d_degree[:, tf.newaxis]], axis=1
            )
            for _ in range(affinity.axes - 1):
                mixture = mixture[:, tf.newaxis]
            return inside(tf.matmul(filtered, mixture))

        return (within, degree, total, degrees), gradient

    return ops.QuadraticForms(*forms(probs))
