"""SEC's constrain-to-boundary loss: the divergence from a CRF's output."""

import keras
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.checks import check_at_least_zero, check_integer
from tf_rloss.losses.inputs import mean_inside, prepare
from tf_rloss.losses.surprise import with_floor
from tf_rloss.ops.dense_crf import log_probs


def constrain_to_boundary_loss(
    image, probs, *, stride=1, floor=1e-4, backpropagate=False, **crf
):
    """Mean divergence of the probabilities from what a dense CRF makes of them.

        L_constrain = mean_p KL(Q_p || S_p),     Q = mean field of S over the image

    Args:
        image: (B, H, W, 3) RGB in [0, 255], or 4 channels whose last is the region
            of interest (0 or 1): pixels outside it neither give nor receive, and do
            not count in the mean.
        probs: float tensor (B, H, W, K), softmax probabilities. Their logarithms are
            the CRF's unary potentials.
        stride: only every so many-th row and column counts, from the first on, of
            image and probabilities, as in SEC, which was trained with 8. The
            bandwidths are given for the full size and divided by it.
        floor: added to each probability S, and the least of each Q, before they are
            made to sum to 1 again; SEC's is 1e-4.
        backpropagate: whether the gradient goes through the mean field, too, or takes
            Q as given. The paper tested both (Table 3); SEC's code does not.
        **crf: `num_iterations=10`, `bilateral_weight=10`, `sigma_xy=80`,
            `sigma_rgb=13`, `spatial_weight=3`, `spatial_sigma_xy=3` and
            `normalization="symmetric"`, as in `layers.DenseCRF`; bandwidths in pixels.

    Returns:
        float32 tensor (B,), at least 0; 0 where the region of interest is empty.

    Raises:
        ValueError: if an option or a shape is wrong.

    Reference:
        Kolesnikov, Lampert: Seed, Expand and Constrain, ECCV 2016, section 3.3.
    """
    check_constrain_options(stride, floor)
    model = ops.DenseCRFSettings(**crf).at_scale(1 / stride)
    image, region, probs = prepare(image, probs, 1.0)
    if stride > 1:
        image, probs = image[:, ::stride, ::stride], probs[:, ::stride, ::stride]
        region = None if region is None else region[:, ::stride, ::stride]
    Q = model.infer(log_probs(probs), image, region)
    if not backpropagate:
        Q = tf.stop_gradient(Q)
    Q = tf.maximum(Q, floor)
    Q /= tf.reduce_sum(Q, axis=-1, keepdims=True)
    S = with_floor(probs, floor)
    divergence = tf.reduce_sum(
        Q * (log_probs(Q) - log_probs(S)), axis=-1
    )  # KL(Q_p || S_p)
    inside = tf.ones_like(divergence) if region is None else region[..., 0]
    return mean_inside(divergence, inside)


def check_constrain_options(stride: int, floor: float) -> None:
    """Raises ValueError unless both are options of `constrain_to_boundary_loss`."""
    check_integer("stride", stride, 1, note="pixels")
    check_at_least_zero("floor", floor)


@keras.saving.register_keras_serializable(package="tf_rloss")
class ConstrainToBoundaryLoss(keras.losses.Loss):
    """`constrain_to_boundary_loss` as a Keras loss whose target is the image.

    Args:
        num_iterations: of the mean field.
        bilateral_weight: of near pixels of similar colour.
        sigma_xy: bandwidth of position for those, in pixels.
        sigma_rgb: bandwidth of colour, in intensity units of [0, 255].
        spatial_weight: of near pixels of any colour.
        spatial_sigma_xy: bandwidth of position for those, in pixels.
        normalization: "symmetric", "before", "after" or "none".
        stride: only every so many-th row and column counts.
        floor: added to each probability.
        backpropagate: whether the gradient goes through the mean field, too.
        reduction: over the batch, as in every Keras loss.
        name: of the loss.

    Example:
        model.compile(loss={"image": ConstrainToBoundaryLoss(), ...})
    """

    def __init__(
        self,
        num_iterations=10,
        bilateral_weight=10.0,
        sigma_xy=80.0,
        sigma_rgb=13.0,
        spatial_weight=3.0,
        spatial_sigma_xy=3.0,
        normalization="symmetric",
        stride=1,
        floor=1e-4,
        backpropagate=False,
        reduction="sum_over_batch_size",
        name="constrain_to_boundary_loss",
    ):
        # float32 whatever `keras.config.floatx()` is: degrees overflow float16.
        super().__init__(name=name, reduction=reduction, dtype="float32")
        check_constrain_options(stride, floor)
        self._crf = {
            "num_iterations": num_iterations,
            "bilateral_weight": bilateral_weight,
            "sigma_xy": sigma_xy,
            "sigma_rgb": sigma_rgb,
            "spatial_weight": spatial_weight,
            "spatial_sigma_xy": spatial_sigma_xy,
            "normalization": normalization,
        }
        ops.DenseCRFSettings(**self._crf)  # checks them
        self._options = {
            "stride": stride,
            "floor": floor,
            "backpropagate": backpropagate,
        }

    def call(self, y_true, y_pred):
        return constrain_to_boundary_loss(y_true, y_pred, **self._options, **self._crf)

    def get_config(self):
        return {**super().get_config(), **self._options, **self._crf}
