"""The common body of all training programs: make the strategy, train, report."""

from collections.abc import Callable

import tensorflow as tf

from ..engine.devices import is_chief, make_strategy
from ..engine.result import Result
from ..engine.run_folder import REPORT
from ..options import Given

Train = Callable[[Given, tf.distribute.Strategy | None], Result]
"""`train(given, strategy)` trains as the flags say: the body of a program."""


def train_and_report(train: Train, given: Given) -> None:
    """Trains and lets the chief of all workers print the result.

    Args:
        train: the training.
        given: flag -> value, for the flags that the user gave, and `output_dir`.
    """
    strategy = make_strategy(given.get("strategy", "auto"))
    result = train(given, strategy)
    if is_chief(strategy):
        print_result(result)


def print_result(result: Result) -> None:
    """Prints the scores of a run and the paths of its files."""
    scores = {name: result.metrics.get(name) for name in ("last", "best")}
    for name, file in (("last", result.last), ("best", result.best)):
        score = f"  mIoU {scores[name]['mean_iou']:.4f}" if scores[name] else ""
        print(f"{name} weights  {file}{score}")
    print(f"Report  {result.last.parent / REPORT}")
