"""Cross entropy at the cues that image tags were turned into: SEC's seeding loss."""

import keras
import tensorflow as tf

from tf_rloss.checks import (
    check_at_least_zero,
    check_choice,
    check_integer,
    check_probs,
    check_same_size,
)
from tf_rloss.labels import IGNORE_LABEL
from tf_rloss.losses.surprise import surprise_at_labels, with_floor
from tf_rloss.ops.dense_crf import log_probs


def seeding_loss(
    cues,
    probs,
    *,
    ignore_label=IGNORE_LABEL,
    normalize_by="all",
    stride=1,
    floor=1e-4,
):
    """Mean of -log S_p,c over the cues (p, c) of each image.

        L_seed = - sum_(c, p cued as c) log S_p,c / number of cues       ("all")

    An image without cues gives 0 and a zero gradient.

    Args:
        cues: which pixels are known to be of which class, by far not all: integers
            (or floats that hold integers) (B, H, W), from 0 to K - 1, or
            `ignore_label` where there is no cue; or 0 and 1 (B, H, W, K), for pixels
            with cues of several classes. Class 0 is the background.
        probs: float tensor (B, H, W, K), softmax probabilities.
        ignore_label: the value of pixels without a cue.
        normalize_by: "all", one mean over all cues of an image as in SEC; or
            "balanced", a mean over those of the background plus one over those of all
            other classes, as in DSRG, either 0 where it has no cues.
        stride: only every so many-th row and column counts, from the first on. At the
            stride of a network whose cells lie on those pixels, its cells do; SEC was
            trained with 8.
        floor: added to each probability before they are made to sum to 1 again; SEC's
            is 1e-4.

    Returns:
        float32 tensor (B,), at least 0.

    Raises:
        ValueError: if a shape is wrong or an option out of range.

    Reference:
        Kolesnikov, Lampert: Seed, Expand and Constrain, ECCV 2016, section 3.1.
        "balanced": Huang et al.: Weakly-Supervised Semantic Segmentation Network with
        Deep Seeded Region Growing, CVPR 2018.
    """
    check_seeding_options(normalize_by, stride, floor)
    cues = tf.convert_to_tensor(cues)
    probs = tf.cast(probs, tf.float32)
    check_probs(probs)
    _check_cues(cues, probs)
    if stride > 1:
        cues = cues[:, ::stride, ::stride]
        probs = probs[:, ::stride, ::stride]
    terms = _terms(cues, with_floor(probs, floor), ignore_label)
    sums = [tf.reduce_sum(term, axis=[1, 2]) for term in terms]
    background, background_count, foreground, foreground_count = sums
    if normalize_by == "all":
        return tf.math.divide_no_nan(
            background + foreground, background_count + foreground_count
        )
    return tf.math.divide_no_nan(background, background_count) + tf.math.divide_no_nan(
        foreground, foreground_count
    )


def _terms(cues, probs, ignore_label):
    """Surprise and count at each pixel (B, H, W): of background, of foreground."""
    if cues.shape.rank == 4:
        cues = tf.cast(cues, tf.float32)
        surprise = -log_probs(probs) * cues
        return (
            surprise[..., 0],
            cues[..., 0],
            tf.reduce_sum(surprise[..., 1:], axis=-1),
            tf.reduce_sum(cues[..., 1:], axis=-1),
        )
    labels = tf.cast(cues, tf.int32)
    surprise, cued = surprise_at_labels(labels, probs, ignore_label)
    background = labels == 0
    return (
        tf.where(background, surprise, 0.0),
        tf.cast(cued & background, tf.float32),
        tf.where(background, 0.0, surprise),
        tf.cast(cued & ~background, tf.float32),
    )


def _check_cues(cues, probs):
    rank = cues.shape.rank
    classes = cues.shape[3:].is_compatible_with(probs.shape[3:]) if rank == 4 else True
    if rank not in (3, 4) or not classes:
        raise ValueError(
            "`cues` must be one integer per pixel, (B, H, W), or 0 and 1 for each "
            "class of `probs`, (B, H, W, K). "
            f"Received: cues.shape={cues.shape}, probs.shape={probs.shape}"
        )
    check_same_size("cues", cues, probs)


def check_seeding_options(normalize_by: str, stride: int, floor: float) -> None:
    """Raises ValueError unless all are options of `seeding_loss`."""
    check_choice("normalize_by", normalize_by, ("all", "balanced"))
    check_integer("stride", stride, 1, note="pixels")
    check_at_least_zero("floor", floor)


@keras.saving.register_keras_serializable(package="tf_rloss")
class SeedingLoss(keras.losses.Loss):
    """`seeding_loss` as a Keras loss on the target "cues".

    Args:
        ignore_label: the value of pixels without a cue.
        normalize_by: "all" or "balanced".
        stride: only every so many-th row and column counts.
        floor: added to each probability.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.

    Example:
        model.compile(loss={"cues": SeedingLoss(), ...})
    """

    def __init__(
        self,
        ignore_label=IGNORE_LABEL,
        normalize_by="all",
        stride=1,
        floor=1e-4,
        reduction="sum_over_batch_size",
        name="seeding_loss",
    ):
        # float32 whatever `keras.config.floatx()` is: sums over pixels overflow
        # float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_seeding_options(normalize_by, stride, floor)
        self._options = {
            "ignore_label": ignore_label,
            "normalize_by": normalize_by,
            "stride": stride,
            "floor": floor,
        }

    def call(self, y_true, y_pred):
        return seeding_loss(y_true, y_pred, **self._options)

    def get_config(self):
        return {**super().get_config(), **self._options}
