"""Learning-rate schedules, as Keras objects."""

import keras

from tf_rloss.checks import check_choice

from .config import SCHEDULES, RunConfig


def make_schedule(
    config: RunConfig, multiplier: float = 1.0
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the schedule of a run, from its first step to its last.

    With t = step / total_steps, a = learning_rate and b = final_learning_rate:

    - cosine: b + (a - b) (1 + cos(pi t)) / 2
    - poly: b + (a - b) (1 - t) ** poly_power
    - step: a * step_factor ** floor(step / (step_epochs * steps_per_epoch))

    Args:
        config: a resolved config.
        multiplier: factor on the whole schedule, for a group of variables.

    Raises:
        ValueError: for an unknown `config.schedule`.
    """
    check_choice("schedule", config.schedule, SCHEDULES)
    schedules = keras.optimizers.schedules
    first = config.learning_rate * multiplier
    last = config.final_learning_rate * multiplier
    if config.schedule == "cosine":
        return schedules.CosineDecay(first, config.total_steps, alpha=last / first)
    if config.schedule == "poly":
        return schedules.PolynomialDecay(
            first, config.total_steps, last, power=config.poly_power
        )
    interval = config.step_epochs * config.steps_per_epoch
    return schedules.ExponentialDecay(
        first, interval, config.step_factor, staircase=True
    )
