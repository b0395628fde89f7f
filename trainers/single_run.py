"""Begin and end of a trainer of one network: where it computes, what it says."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    import tensorflow as tf

    from .engine import Result


def train_and_report(
    train: "Callable[[flags.FlagValues, tf.distribute.Strategy], Result]",
    flag_values: flags.FlagValues,
) -> None:
    """Trains with the strategy of the flags; the chief says what came out.

    Args:
        train: from flags and a strategy to the result of the last phase.
        flag_values: parsed flags, those of `define_single_run` among them.
    """
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from .strategies import is_chief, make_strategy

    strategy = make_strategy(flag_values.strategy)
    result = train(flag_values, strategy)
    if is_chief(strategy):
        print_result(result)


def print_result(result: "Result") -> None:
    """Says what came out and where it lies."""
    scores = {name: result.metrics.get(name) for name in ("last", "best")}
    for name, file in (("last", result.last), ("best", result.best)):
        score = f"  mIoU {scores[name]['mean_iou']:.4f}" if scores[name] else ""
        print(f"{name} weights  {file}{score}")
    print(f"Metrics, history and pictures  {result.last.parent}")
