"""Optimizers: one for each learning-rate multiplier, applied as if they were one."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from tf_rloss.checks import check_choice

from .config import OPTIMIZERS, RunConfig
from .schedules import make_schedule

HEAD_PREFIX = "head"
UNDECAYED = ("bias", "gamma", "beta")
UNDECAYED += ("bilateral_kernel", "spatial_kernel", "compatibility")
"""Variables that weight decay leaves alone: biases, normalization, and the matrices of
a CRF, which would do nothing if they were 0."""

LrMultiplier = Callable[[keras.Variable], float]


def head_multiplier(value: float) -> LrMultiplier:
    """Returns `value` for the variables of layers named `head...`, 1 for others."""

    def multiplier(variable: keras.Variable) -> float:
        layers = variable.path.split("/")[:-1]
        return value if any(name.startswith(HEAD_PREFIX) for name in layers) else 1.0

    return multiplier


class OptimizerGroups:
    """Keras optimizers over groups of variables, each with its own learning rate.

    Variables whose multiplier is 0 are frozen: they belong to no group.

    With "mixed_float16", gradients are those of `scale_loss`. If one is not finite, in
    any group or replica, no variable is updated and the scale is halved.

    Args:
        variables: the trainable variables of the segmenter.
        config: a resolved config.
        lr_multiplier: factor on the learning rate of a variable.
    """

    def __init__(
        self,
        variables: Sequence[keras.Variable],
        config: RunConfig,
        lr_multiplier: LrMultiplier,
    ):
        groups: dict[float, list[keras.Variable]] = {}
        for variable in variables:
            groups.setdefault(float(lr_multiplier(variable)), []).append(variable)
        groups.pop(0.0, None)
        if not groups:
            raise ValueError("`lr_multiplier` leaves no variable to train.")
        self._groups = [
            (make_optimizer(config, multiplier, group), group)
            for multiplier, group in sorted(groups.items())
        ]
        self._scaled = config.precision == "mixed_float16"

    @property
    def trainable(self) -> list[keras.Variable]:
        """The variables to differentiate by, in the order `apply` wants."""
        return [variable for _, group in self._groups for variable in group]

    @property
    def variables(self) -> list[keras.Variable]:
        """The state of all optimizers."""
        return [state for optimizer, _ in self._groups for state in optimizer.variables]

    @property
    def learning_rate(self) -> float:
        """The present rate of the group with the smallest multiplier."""
        return float(self._groups[0][0].learning_rate)

    @property
    def loss_scale(self) -> tf.Tensor:
        """The present factor of the loss, the same for all groups; 1 for no scaling."""
        return self.scale_loss(tf.constant(1.0))

    def scale_loss(self, loss: tf.Tensor) -> tf.Tensor:
        """Returns the loss to differentiate, so large that float16 holds gradients."""
        return self._groups[0][0].scale_loss(loss)

    def gradient_norm(self, gradients: Sequence[tf.Tensor | None]) -> tf.Tensor:
        """Returns the norm of the loss's gradients, from those of the scaled loss.

        It is 0 for gradients that are not finite, where a smaller scale may mend that.
        """
        scale = self.loss_scale
        norm = tf.linalg.global_norm(gradients) / scale
        return tf.where((scale > 1.0) & ~tf.math.is_finite(norm), 0.0, norm)

    def apply(self, gradients: Sequence[tf.Tensor | None]) -> None:
        """Updates the variables; sums gradients over the replicas of a strategy."""
        gradients = list(gradients)
        if self._scaled:
            gradients = _finite_or_nan(gradients)
        for optimizer, group in self._groups:
            optimizer.apply(gradients[: len(group)], group)
            gradients = gradients[len(group) :]


def make_optimizer(
    config: RunConfig, multiplier: float, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Builds one optimizer for `variables`; biases and norms are not decayed.

    For float16 it scales the loss: `LossScaleOptimizer` of Keras.
    """
    check_choice("optimizer", config.optimizer, OPTIMIZERS)
    schedule = make_schedule(config, multiplier)
    decay = config.weight_decay or None
    if config.optimizer == "adam":
        optimizer = keras.optimizers.Adam(schedule, weight_decay=decay)
    else:
        optimizer = keras.optimizers.SGD(
            schedule, momentum=config.momentum, weight_decay=decay
        )
    if decay:
        optimizer.exclude_from_weight_decay(
            var_list=[v for v in variables if v.path.split("/")[-1] in UNDECAYED]
        )
    if config.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(variables)
    return optimizer


def _finite_or_nan(gradients: list[tf.Tensor | None]) -> list[tf.Tensor | None]:
    """Returns gradients, or NaN for all if one is not finite on any replica.

    Each optimizer looks at its own group and replica; so all of them decide alike.
    """
    known = [gradient for gradient in gradients if gradient is not None]
    finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in known])
    broken = tf.distribute.get_replica_context().all_reduce(
        tf.distribute.ReduceOp.SUM, tf.cast(~finite, tf.float32)
    )
    return [
        g if g is None else tf.where(broken > 0, float("nan"), g) for g in gradients
    ]
