"""Cross entropy of image tags, which trains a classifier that localizes."""

import keras
import tensorflow as tf


def tag_crossentropy(tags, scores):
    """Mean over foreground classes of the cross entropy between tag and image score.

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
        float32 tensor (B,), at least 0.

    Raises:
        ValueError: if the shapes are not these, or there is background alone.

    Reference:
        Zhou et al.: Learning Deep Features for Discriminative Localization, CVPR 2016.
    """
    tags = tf.cast(tags, tf.float32)
    scores = tf.cast(scores, tf.float32)
    if scores.shape.rank != 4 or scores.shape[-1] == 1:
        raise ValueError(
            "`scores` must be maps (B, h, w, K) of two classes at least. "
            f"Received: shape={tuple(scores.shape)}"
        )
    expected = (scores.shape[0], scores.shape[-1])
    if not tags.shape.is_compatible_with(expected):
        raise ValueError(
            "`tags` must be 0 or 1 for each class of `scores`, (B, K). "
            f"Received: shape={tuple(tags.shape)}"
        )
    of_image = tf.reduce_mean(scores, axis=[1, 2])
    terms = tf.nn.sigmoid_cross_entropy_with_logits(tags[:, 1:], of_image[:, 1:])
    return tf.reduce_mean(terms, axis=-1)


@keras.saving.register_keras_serializable(package="tf_rloss")
class TagCrossentropy(keras.losses.Loss):
    """`tag_crossentropy` as a Keras loss on the target "tags".

    Args:
        reduction: over the batch, as in every Keras loss.
        name: of the loss.

    Example:
        classifier.compile(loss=TagCrossentropy())  # an image to its maps (B, h, w, K)
    """

    def __init__(self, reduction="sum_over_batch_size", name="tag_crossentropy"):
        super().__init__(name=name, reduction=reduction, dtype="float32")

    def call(self, y_true, y_pred):
        return tag_crossentropy(y_true, y_pred)
