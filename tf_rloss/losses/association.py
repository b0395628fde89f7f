"""The quadratic forms of a segmentation that every regularizer is made of.

With W restricted to the region of interest and S_k the k-th channel of the
probabilities, the losses need nothing but

    within_k = S_k' W S_k        degree_k = d' S_k        total = 1' W 1

where d = W 1. All of them are entries of one small Gram matrix [S, 1]' W [S, 1], so
one filter of K + 1 channels serves every term. Since W is symmetric, the gradient

    d within_k / d S_k = 2 W S_k        d degree_k / d S_k = d

needs only the channels that this filter has already returned.
"""

from typing import NamedTuple

import tensorflow as tf

from tf_rloss.losses.affinity import Affinity


class Associations(NamedTuple):
    """Quadratic forms of one segmentation, all float32.

    Attributes:
        within: (B, K), S_k' W S_k.
        degree: (B, K), d' S_k.
        total: (B,), 1' W 1.
        degrees: (B, H, W, 1), d = W 1; without gradient.
    """

    within: tf.Tensor
    degree: tf.Tensor
    total: tf.Tensor
    degrees: tf.Tensor


def associations(image, region, probs, affinity: Affinity) -> Associations:
    """Computes the quadratic forms with one filter; so does their gradient.

    The gradient reaches `probs` only, and only once: it treats W S as a constant, so
    it must not be differentiated again.

    Args:
        image: float32 (B, H, W, 3), in [0, 255].
        region: None, or float32 (B, H, W, 1); pixels where it is 0 neither give nor
            receive.
        probs: float32 (B, H, W, K).
        affinity: W.

    Returns:
        An `Associations`.
    """

    def inside(tensor):
        return tensor if region is None else tensor * region

    @tf.custom_gradient
    def quadratic_forms(probs):
        ones = tf.ones_like(image[..., :1])
        segments = inside(tf.concat([probs, ones], axis=-1))  # [S, 1]
        filtered = affinity.product(segments, image)  # W [S, 1]
        # [S, 1]' W [S, 1], summed row by row: shorter sums round less.
        gram = tf.matmul(segments, filtered, transpose_a=True)
        gram = tf.reduce_sum(gram, axis=1)
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
            return inside(tf.matmul(filtered, mixture[:, tf.newaxis]))

        return (within, degree, total, degrees), gradient

    return Associations(*quadratic_forms(probs))
