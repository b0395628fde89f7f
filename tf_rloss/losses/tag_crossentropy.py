"""Cross entropy of image tags, which trains a classifier that localizes."""

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_rank
from tf_rloss.losses.function_loss import FunctionLoss
from tf_rloss.losses.preparation import as_floats, check_tags


def tag_crossentropy(tags: TensorLike, scores: TensorLike) -> tf.Tensor:
    """Computes the mean cross entropy between tags and image scores of the foreground.

        z_c = mean_p A_pc,   L = -mean_(c > 0) [t_c log sigma(z_c)
                                                + (1 - t_c) log(1 - sigma(z_c))]

    Since pooling and a 1x1 convolution commute, a network that ends in the convolution
    to A is the classifier with global average pooling of Zhou et al., and A are its
    class activation maps. Class 0, the background, has no tag of its own: whatever its
    map, it does not count.

    Args:
        tags: (B, K), 1 for the classes in the image, else 0.
        scores: float tensor (B, h, w, K): activation maps A, of any range.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `scores` in float64.

    Raises:
        ValueError: if the shapes are not these, or there is background alone.

    Reference:
        Zhou et al.: Learning Deep Features for Discriminative Localization, CVPR 2016.
    """
    expected = "maps (B, h, w, K) of two classes at least"
    scores = check_rank("scores", as_floats(scores), 4, expected)
    tags = tf.cast(tags, scores.dtype)
    if scores.shape[-1] == 1:
        raise ValueError(
            f"`scores` must be {expected}. Received: scores.shape={tuple(scores.shape)}"
        )
    tags = check_tags(tags, "scores", scores)
    of_image = tf.reduce_mean(scores, axis=[1, 2])
    terms = tf.nn.sigmoid_cross_entropy_with_logits(tags[:, 1:], of_image[:, 1:])
    return tf.reduce_mean(terms, axis=-1)


@keras.saving.register_keras_serializable(package="tf_rloss")
class TagCrossentropy(FunctionLoss, function=tag_crossentropy):
    """`tag_crossentropy` as a Keras loss on the target "tags".

    Args:
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        classifier.compile(loss=TagCrossentropy())  # an image to its maps (B, h, w, K)
    """

    name: str = "tag_crossentropy"
