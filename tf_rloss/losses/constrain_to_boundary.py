"""SEC's constrain-to-boundary loss: the divergence from a CRF's output."""

from typing import Any

import keras
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss import ops
from tf_rloss.losses.likelihood import with_floor
from tf_rloss.losses.mean_field_loss import MeanFieldLoss
from tf_rloss.losses.option_checks import check_options
from tf_rloss.losses.preparation import at_stride, mean_inside, prepare
from tf_rloss.ops.dense_crf import log_probs


def constrain_to_boundary_loss(
    image: TensorLike,
    probs: TensorLike,
    *,
    stride: int = 1,
    floor: float = 1e-4,
    backpropagate: bool = False,
    scale: float = 1.0,
    from_logits: bool = False,
    **crf: Any,
) -> tf.Tensor:
    """Computes the mean divergence of the probabilities from a dense CRF's.

        L_constrain = mean_p KL(Q_p || S_p),     Q = mean field of S over the image

    Args:
        image: (B, H, W, 3) RGB in [0, 255], or 4 channels whose last is the region
            of interest (0 or 1): pixels outside it neither give nor receive, and do
            not count in the mean.
        probs: float tensor (B, H, W, K), softmax probabilities. Their logarithms are
            the CRF's unary potentials.
        stride: only every `stride`-th row and column of image and probabilities
            counts, starting with the first; SEC was trained with 8. The bandwidths are
            given for the full size and divided by it.
        floor: added to each probability S, and the least of each Q, before they are
            made to sum to 1 again; SEC's is 1e-4.
        backpropagate: whether the gradient goes through the mean field, too; if not,
            Q is a constant. The paper tested both (Table 3); SEC's code does not.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: settings of the CRF: `num_iterations=10`, `bilateral_weight=10`,
            `sigma_xy=80`, `sigma_rgb=13`, `spatial_weight=3`, `spatial_sigma_xy=3`,
            `normalization="symmetric"` and `self_term=True`; see
            `ops.DenseCRFSettings`.

    Returns:
        Tensor (B,), at least 0, in float32, or in float64 for `probs` in float64; 0
        where the region of interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Reference:
        Kolesnikov, Lampert: Seed, Expand and Constrain, ECCV 2016, section 3.3.
    """
    check_options(stride=stride, floor=floor)
    settings = ops.DenseCRFSettings(**crf)
    image, region, probs = prepare(image, probs, scale, settings.sigma_rgb, from_logits)
    settings = settings.at_scale(scale / stride)
    image, probs = at_stride(stride, image, probs)
    if region is not None:
        (region,) = at_stride(stride, region)
    Q = settings.infer(log_probs(probs), image, region)
    if not backpropagate:
        Q = tf.stop_gradient(Q)
    Q = tf.maximum(Q, floor)
    Q /= tf.reduce_sum(Q, axis=-1, keepdims=True)
    S = with_floor(probs, floor)
    log_ratio = log_probs(Q) - log_probs(S)
    divergence = tf.reduce_sum(Q * log_ratio, axis=-1)  # KL(Q_p || S_p)
    inside = tf.ones_like(divergence) if region is None else region[..., 0]
    return mean_inside(divergence, inside)


@keras.saving.register_keras_serializable(package="tf_rloss")
class ConstrainToBoundaryLoss(MeanFieldLoss, function=constrain_to_boundary_loss):
    """`constrain_to_boundary_loss` as a Keras loss whose target is the image.

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel.
        sigma_rgb: its bandwidth in intensity units of [0, 255].
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        stride: only every `stride`-th row and column counts.
        floor: added to each probability.
        backpropagate: whether the gradient goes through the mean field, too.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        from_logits: whether the network's outputs are logits.
        reduction: as in every Keras loss.
        name: name of the loss.
        dtype: as in every Keras loss, except that sums are in float32 at least.

    Example:
        model.compile(loss={"image": ConstrainToBoundaryLoss(), ...})
    """

    stride: int = 1
    floor: float = 1e-4
    backpropagate: bool = False
    scale: float = 1.0
    name: str = "constrain_to_boundary_loss"
