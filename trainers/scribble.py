"""Trains a segmenter on scribbles, in two phases as in the paper.

Phase 1 minimizes partial cross-entropy on the scribbled pixels alone; phase 2 goes on
from its weights with a regularizer on all pixels (Tang et al., ECCV 2018):

    python -m trainers.scribble --output_dir=runs/synthetic
    python -m trainers.scribble --dataset=folder --data_dir=DIR --output_dir=runs/mine

With --recipe a network of the paper is trained as its authors did; see published.py.
With --regularizer=none there is phase 1 only; with --init_from phase 2 only. With
--crf_as_rnn phase 2 trains a dense CRF behind the network in place of a regularizer.
The first command takes about two minutes on two cores. Interrupted or killed, the same
command resumes. The network is <output_dir>/last.keras, with the best validation
best.keras.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .config import RunConfig
from .crf_settings import define_trained_crf
from .published import PUBLISHED, published_training
from .single_run import train_and_report

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
define_trained_crf(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Runs the phases that the flags ask for."""
    del argv
    train_and_report(train, FLAGS)


def train(flag_values: flags.FlagValues, strategy) -> "Result":
    """Trains as the flags say and returns the result of the last phase."""
    from . import engine
    from .recipes import Regularizer, published_recipe, scribble_recipe
    from .sources import training_sources
    from .trained_crf import append_crf, trained_crf_settings

    sources = training_sources(flag_values)
    output_dir, init_from = flag_values.output_dir, flag_values.init_from
    regularizer = Regularizer.from_flags(flag_values)
    published = published_training(flag_values)
    crf_as_rnn = flag_values.crf_as_rnn
    if (published or crf_as_rnn) and not flag_values["regularizer"].present:
        name = "none" if crf_as_rnn else "crf"
        regularizer = dataclasses.replace(regularizer, name=name)

    def run(phase: str, regularizer: Regularizer, **fields) -> "Result":
        config = RunConfig.from_flags(flag_values, phase, **fields)
        config = config.resolve(sources[0])
        width = config.crop_size[1]
        if published:
            recipe = published_recipe(published, regularizer, width)
        else:
            recipe = scribble_recipe(regularizer, width)
        crf = trained_crf_settings(flag_values, config)
        if crf is not None and phase == "phase2":
            recipe = append_crf(recipe, config, crf, flag_values.crf_lr_multiplier)
        return engine.run(recipe, config, *sources, strategy=strategy, title=phase)

    only = regularizer.name == "none" and not crf_as_rnn
    apart = published is not None and published.phase2_from_weights and not only
    if init_from is None and not apart:
        phase1_dir = output_dir if only else f"{output_dir}/phase1"
        alone = dataclasses.replace(regularizer, name="none")
        first = run("phase1", alone, output_dir=phase1_dir)
        if only:
            return first
        init_from = phase1_dir
    return run("phase2", regularizer, output_dir=output_dir, init_from=init_from)


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
