"""Cross entropy at the cues that image tags were turned into: SEC's seeding loss."""

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_choice
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.function_loss import SegmentationLoss
from tf_rloss.losses.likelihood import negative_log_likelihood, with_floor
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import (
    as_labels,
    as_pixel_weight,
    as_probs,
    at_stride,
)
from tf_rloss.losses.value_checks import check_same_size
from tf_rloss.ops.dense_crf import log_probs

NORMALIZE_BY = ("all", "balanced")


def seeding_loss(
    cues: TensorLike,
    probs: TensorLike,
    *,
    ignore_class: int = IGNORE_LABEL,
    normalize_by: str = "all",
    stride: int = 1,
    floor: float = 1e-4,
    from_logits: bool = False,
    sample_weight: TensorLike | None = None,
) -> tf.Tensor:
    """Computes the mean of -log S_p,c over the cues (p, c) of each image.

        L_seed = - sum_(c, p cued as c) log S_p,c / number of cues       ("all")

    An image without cues gives 0 and a zero gradient.

    Args:
        cues: the classes of those pixels whose class is known, which are few: integers
            (or floats that hold integers) (B, H, W), from 0 to K - 1, or
            `ignore_class` where there is no cue; or 0 and 1 (B, H, W, K), for pixels
            with cues of several classes. Class 0 is the background.
        probs: float tensor (B, H, W, K), softmax probabilities.
        ignore_class: value of the pixels without a cue.
        normalize_by: "all", one mean over all cues of an image as in SEC; or
            "balanced", a mean over those of the background plus one over those of all
            other classes, as in DSRG, either 0 where it has no cues.
        stride: only every `stride`-th row and column counts, starting with the first.
            Where the cells of a network of this stride lie on those pixels, these are
            its cells; SEC was trained with 8.
        floor: added to each probability before they are made to sum to 1 again; SEC's
            is 1e-4.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        sample_weight: None, or (B, H, W), a factor of each pixel's term. As in Keras,
            the number of cues, by which the sum is divided, stays the same.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64.

    Raises:
        ValueError: if a shape is wrong or an option out of range.

    Reference:
        Kolesnikov, Lampert: Seed, Expand and Constrain, ECCV 2016, section 3.1.
        "balanced": Huang et al.: Weakly-Supervised Semantic Segmentation Network with
        Deep Seeded Region Growing, CVPR 2018.
    """
    check_options(ignore_class=ignore_class, stride=stride, floor=floor)
    check_choice("normalize_by", normalize_by, NORMALIZE_BY)
    cues = tf.convert_to_tensor(cues)
    probs = as_probs(probs, from_logits, cues)
    cues = _check_cues(cues, probs)
    weight_of_pixel = as_pixel_weight(sample_weight, probs)
    weight_of_pixel, cues, probs = at_stride(stride, weight_of_pixel, cues, probs)
    terms = _terms(cues, with_floor(probs, floor), ignore_class)
    of_pixel = (weight_of_pixel, 1.0) * 2  # Counts stay as they are.
    sums = [
        tf.reduce_sum(w * term, axis=[1, 2])
        for w, term in zip(of_pixel, terms, strict=True)
    ]
    background, background_count, foreground, foreground_count = sums
    if normalize_by == "all":
        return tf.math.divide_no_nan(
            background + foreground, background_count + foreground_count
        )
    return tf.math.divide_no_nan(background, background_count) + tf.math.divide_no_nan(
        foreground, foreground_count
    )


def _terms(cues: tf.Tensor, probs: tf.Tensor, ignore_class: int) -> tuple:
    """Returns sum of -log S and number of cues at each pixel, each (B, H, W).

    The first two tensors are those of the background, the others of the foreground.
    """
    if cues.shape.rank == 4:
        cues = tf.cast(cues, probs.dtype)
        likelihood = -log_probs(probs) * cues
        return (
            likelihood[..., 0],
            cues[..., 0],
            tf.reduce_sum(likelihood[..., 1:], axis=-1),
            tf.reduce_sum(cues[..., 1:], axis=-1),
        )
    labels = as_labels(cues)
    likelihood, cued = negative_log_likelihood(labels, probs, ignore_class)
    background, nothing = labels == 0, tf.zeros_like(likelihood)
    return (
        tf.where(background, likelihood, nothing),
        tf.cast(cued & background, probs.dtype),
        tf.where(background, nothing, likelihood),
        tf.cast(cued & ~background, probs.dtype),
    )


def _check_cues(cues: tf.Tensor, probs: tf.Tensor) -> tf.Tensor:
    rank = cues.shape.rank
    classes = cues.shape[3:].is_compatible_with(probs.shape[3:]) if rank == 4 else True
    if rank not in (3, 4) or not classes:
        raise ValueError(
            "`cues` must be one integer per pixel, (B, H, W), or 0 and 1 for each "
            "class of `probs`, (B, H, W, K), and of known rank. "
            f"Received: cues.shape={cues.shape}, probs.shape={probs.shape}"
        )
    return check_same_size("cues", cues, probs)


@keras.saving.register_keras_serializable(package="tf_rloss")
class SeedingLoss(SegmentationLoss, function=seeding_loss):
    """`seeding_loss` as a Keras loss on the target "cues".

    Args:
        ignore_class: value of the pixels without a cue.
        normalize_by: "all" or "balanced".
        stride: only every `stride`-th row and column counts.
        floor: added to each probability.
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"cues": SeedingLoss(), ...})
    """

    ignore_class: int = IGNORE_LABEL
    normalize_by: str = "all"
    stride: int = 1
    floor: float = 1e-4
    name: str = "seeding_loss"
    _weighs_pixels = True

    def _check(self) -> None:
        super()._check()
        check_choice("normalize_by", self.normalize_by, NORMALIZE_BY)
