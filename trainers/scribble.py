"""Trains a segmenter on scribbles, in two phases as in the paper.

Phase 1 minimizes partial cross-entropy on the scribbled pixels alone; phase 2 goes on
from its weights with a regularizer on all pixels (Tang et al., ECCV 2018):

    python -m trainers.scribble --output_dir=runs/synthetic
    python -m trainers.scribble --dataset=folder --data_dir=DIR --output_dir=runs/mine

With --recipe a network of the paper is trained as its authors did; see published.py.
With --regularizer=none there is phase 1 only; with --init_from phase 2 only. The first
command takes about two minutes on two cores. Interrupted or killed, the same command
resumes. The network is <output_dir>/last.keras, with the best validation best.keras.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .config import RunConfig
from .published import PUBLISHED, published_training

if TYPE_CHECKING:
    from .engine import Result

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/scribble")
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS)
common_flags.define_regularizer(FLAGS)
common_flags.define_init_from(FLAGS)
flags.DEFINE_enum(
    "recipe",
    None,
    list(PUBLISHED),
    "Trains this network of the paper as its authors did: all other flags about how to "
    "train default to their settings, and --regularizer to crf.",
    flag_values=FLAGS,
)
common_flags.define_phase(FLAGS, "phase1", "phase 1, partial cross-entropy")
common_flags.define_phase(FLAGS, "phase2", "phase 2, with the regularizer")
common_flags.define_training(FLAGS)
common_flags.define_single_run(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Runs the phases that the flags ask for."""
    del argv
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from .strategies import is_chief, make_strategy

    strategy = make_strategy(FLAGS.strategy)
    result = train(FLAGS, strategy)
    if is_chief(strategy):
        print_result(result)


def train(flag_values: flags.FlagValues, strategy) -> "Result":
    """Trains as the flags say and returns the result of the last phase."""
    from . import engine
    from .recipes import Regularizer, published_recipe, scribble_recipe
    from .sources import training_sources

    sources = training_sources(flag_values)
    output_dir, init_from = flag_values.output_dir, flag_values.init_from
    regularizer = Regularizer.from_flags(flag_values)
    published = published_training(flag_values)
    if published and not flag_values["regularizer"].present:
        regularizer = dataclasses.replace(regularizer, name="crf")

    def run(phase: str, regularizer: Regularizer, **fields) -> "Result":
        config = RunConfig.from_flags(flag_values, phase, **fields)
        config = config.resolve(sources[0])
        width = config.crop_size[1]
        if published:
            recipe = published_recipe(published, regularizer, width)
        else:
            recipe = scribble_recipe(regularizer, width)
        return engine.run(recipe, config, *sources, strategy=strategy, title=phase)

    only = regularizer.name == "none"
    apart = published is not None and published.phase2_from_weights and not only
    if init_from is None and not apart:
        phase1_dir = output_dir if only else f"{output_dir}/phase1"
        first = run("phase1", Regularizer("none"), output_dir=phase1_dir)
        if only:
            return first
        init_from = phase1_dir
    return run("phase2", regularizer, output_dir=output_dir, init_from=init_from)


def print_result(result: "Result") -> None:
    """Says what came out and where it lies."""
    scores = {name: result.metrics.get(name) for name in ("last", "best")}
    for name, file in (("last", result.last), ("best", result.best)):
        score = f"  mIoU {scores[name]['mean_iou']:.4f}" if scores[name] else ""
        print(f"{name} weights  {file}{score}")
    print(f"Metrics, history and pictures  {result.last.parent}")


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
