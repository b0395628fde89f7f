"""SEC's expansion loss: the classes of an image's tags must take a part of it."""

import math

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.losses.function_loss import SegmentationLoss
from tf_rloss.losses.likelihood import with_floor
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import as_probs, at_stride, check_tags
from tf_rloss.ops.dense_crf import log_probs

DECAY_PIXELS = 41 * 41
"""Number of cells of the network for which SEC chose its decays."""


def expansion_loss(
    tags: TensorLike,
    probs: TensorLike,
    *,
    foreground_decay: float = 0.996,
    background_decay: float = 0.999,
    stride: int = 1,
    decay_pixels: float | None = DECAY_PIXELS,
    floor: float = 1e-4,
    from_logits: bool = False,
) -> tf.Tensor:
    """Makes the classes of the tags take a part of the image, and others none of it.

    With the j-th largest of the N probabilities of class c, S_(j),c, global weighted
    rank pooling gives the image a score for that class,

        G_c(q) = sum_j q^(j-1) S_(j),c / sum_j q^(j-1)
        L_expand = - mean_(c in T) log G_c(q_fg) - mean_(c not in T) log(1 - max_p S_pc)
                   - log G_0(q_bg)

    over the foreground classes in the tags T and not in them, and the background,
    class 0. A mean over no class is 0. Among equal probabilities any order is one of
    the ranks, and the gradient is that of one such order.

    Args:
        tags: (B, K), 1 for the classes in the image, 0 for the others. The first, of
            the background, is not read: it is always treated as present.
        probs: float tensor (B, H, W, K), softmax probabilities.
        foreground_decay: q_fg, in (0, 1]: near 0 the maximum, 1 the mean.
        background_decay: q_bg, in (0, 1].
        stride: only every `stride`-th row and column counts, starting with the first;
            SEC's networks have one cell for 8 pixels.
        decay_pixels: number of pixels for which the decays are meant. The 1 / (1 - q)
            largest pixels carry most of the weight, 250 and 1000 of SEC's 1681; at
            another size N the decays are raised to the power of `decay_pixels` / N, so
            that they stay the same share of the image. None takes the decays as they
            are.
        floor: added to each probability before they are made to sum to 1 again; SEC's
            is 1e-4.
        from_logits: whether `probs` are logits, of which the softmax is then taken.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64; 0 for
        images without pixels.

    Raises:
        ValueError: if a shape is wrong or an option out of range.

    Reference:
        Kolesnikov, Lampert: Seed, Expand and Constrain, ECCV 2016, section 3.2.
    """
    check_options(
        foreground_decay=foreground_decay,
        background_decay=background_decay,
        stride=stride,
        decay_pixels=decay_pixels,
        floor=floor,
    )
    tags = tf.convert_to_tensor(tags)
    probs = as_probs(probs, from_logits, tags)
    tags = check_tags(tags, "probs", probs)
    (probs,) = at_stride(stride, probs)
    probs = with_floor(probs, floor)
    shape = tf.shape(probs)
    probs = tf.reshape(probs, [shape[0], shape[1] * shape[2], shape[3]])
    # A pixel of zeros is the last in every order. It keeps images without pixels whole.
    padded = tf.pad(tf.transpose(probs, [0, 2, 1]), [[0, 0], [0, 0], [0, 1]])
    ordered = tf.sort(padded, direction="DESCENDING")
    # Upsampled probabilities may pass 1 by a rounding.
    absent = -log_probs(tf.maximum(1.0 - ordered[:, 1:, 0], 0.0))
    background, foreground = ordered[:, :1, :-1], ordered[:, 1:, :-1]
    present = tags[:, 1:] > 0
    found = -log_probs(_rank_pooling(foreground, foreground_decay, decay_pixels))
    everywhere = -log_probs(_rank_pooling(background, background_decay, decay_pixels))
    terms = _mean(found, present) + _mean(absent, ~present) + everywhere[:, 0]
    return tf.where(tf.shape(foreground)[-1] > 0, terms, tf.zeros_like(terms))


def _rank_pooling(
    ordered: tf.Tensor, decay: float, decay_pixels: float | None
) -> tf.Tensor:
    """Returns G (B, C) of probabilities (B, C, N) that fall along the last axis."""
    pixels = tf.cast(tf.shape(ordered)[-1], ordered.dtype)
    exponent = 1.0 if decay_pixels is None else decay_pixels / pixels
    weights = tf.exp(tf.range(pixels) * (math.log(decay) * exponent))
    return tf.linalg.matvec(ordered, weights / tf.reduce_sum(weights))


def _mean(values: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Returns the mean (B,) of values (B, C) where a mask is true; 0 for no value."""
    where = tf.cast(where, values.dtype)
    return tf.math.divide_no_nan(
        tf.reduce_sum(values * where, axis=-1), tf.reduce_sum(where, axis=-1)
    )


@keras.saving.register_keras_serializable(package="tf_rloss")
class ExpansionLoss(SegmentationLoss, function=expansion_loss):
    """`expansion_loss` as a Keras loss on the target "tags".

    Args:
        foreground_decay: q_fg, in (0, 1].
        background_decay: q_bg, in (0, 1].
        stride: only every `stride`-th row and column counts.
        decay_pixels: number of pixels for which the decays are meant; None takes them
            as they are at any number.
        floor: added to each probability.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"tags": ExpansionLoss(), ...})
    """

    foreground_decay: float = 0.996
    background_decay: float = 0.999
    stride: int = 1
    decay_pixels: float | None = DECAY_PIXELS
    floor: float = 1e-4
    name: str = "expansion_loss"
