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

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Updates the variables; sums gradients over the replicas of a strategy."""
        gradients = list(gradients)
        for optimizer, group in self._groups:
            optimizer.apply(gradients[: len(group)], group)
            gradients = gradients[len(group) :]


def make_optimizer(
    config: RunConfig, multiplier: float, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Builds one optimizer for `variables`; biases and norms are not decayed."""
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
    optimizer.build(variables)
    return optimizer
