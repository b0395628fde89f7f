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
    region: TensorLike | None = None,
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
        image: (B, H, W, C) with C from 1 to 6, such as RGB in [0, 255]; or a volume
            (B, D, H, W, C) with C from 1 to 5, if `sigma_xyz` is given.
        probs: float tensor (B, H, W, K), or (B, D, H, W, K), softmax probabilities.
            Their logarithms are the CRF's unary potentials.
        region: None, or the region of interest, (B, H, W, 1) or (B, D, H, W, 1), 0 or
            1: pixels outside it neither give nor receive, and do not count in the mean.
        stride: only every `stride`-th row and column (and slice) of image and
            probabilities counts, starting with the first; SEC was trained with 8. The
            bandwidths are given for the full size and divided by it.
        floor: added to each probability S, and the least of each Q, before they are
            made to sum to 1 again; SEC's is 1e-4.
        backpropagate: whether the gradient goes through the mean field, too; if not,
            Q is a constant. The paper tested both (Table 3); SEC's code does not.
        scale: in (0, 1], computes the loss at this fraction of the size, with the
            bandwidths in pixels (given for the full size) multiplied by it.
        from_logits: whether `probs` are logits, of which the softmax is then taken.
        **crf: settings of the CRF: `num_iterations=10`, `bilateral_weight=10`,
            `sigma_xy=80`, `sigma_color=13`, `spatial_weight=3`, `spatial_sigma_xy=3`,
            `normalization="symmetric"` and `self_term=True`; for volumes `sigma_xyz`
            and `spatial_sigma_xyz`; see `ops.DenseCRFSettings`.

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
    image, region, probs = prepare(
        image, probs, region, settings, scale=scale, from_logits=from_logits
    )
    settings = settings.at_scale(scale / stride)
    inside = tf.ones_like(probs[..., :1]) if region is None else region
    image, probs, inside = at_stride(stride, image, probs, inside, axes=settings.axes)
    region = region if region is None else inside
    Q = settings.infer(log_probs(probs), image, region)
    if not backpropagate:
        Q = tf.stop_gradient(Q)
    Q = tf.maximum(Q, floor)
    Q /= tf.reduce_sum(Q, axis=-1, keepdims=True)
    S = with_floor(probs, floor)
    log_ratio = log_probs(Q) - log_probs(S)
    divergence = tf.reduce_sum(Q * log_ratio, axis=-1)  # KL(Q_p || S_p)
    return mean_inside(divergence, inside[..., 0])


@keras.saving.register_keras_serializable(package="tf_rloss")
class ConstrainToBoundaryLoss(MeanFieldLoss, function=constrain_to_boundary_loss):
    """`constrain_to_boundary_loss` as a Keras loss whose target is the image.

    Args:
        num_iterations: number of updates of the mean field.
        bilateral_weight: weight of messages from near pixels of similar colour.
        sigma_xy: bandwidth in pixels of the bilateral kernel, in images.
        sigma_xyz: None for images; for volumes its bandwidth in voxels, a number or
            one for each of x, y and z.
        sigma_color: its bandwidth in units of the image, a number or one for each
            channel.
        spatial_weight: weight of messages from near pixels of any colour.
        spatial_sigma_xy: bandwidth in pixels of the spatial kernel, in images.
        spatial_sigma_xyz: None for images; for volumes its bandwidth in voxels.
        normalization: "symmetric", "before", "after" or "none", for both kernels.
        self_term: whether a pixel sends a message to itself.
        stride: only every `stride`-th row and column (and slice) counts.
        floor: added to each probability.
        backpropagate: whether the gradient goes through the mean field, too.
        scale: fraction of the size at which the loss is computed, in (0, 1].
        region_channel: whether the last channel of the target is the region of
            interest: 1 inside, and 0 where pixels neither give nor receive, nor count.
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
