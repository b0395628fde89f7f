"""Trains on full masks, if asked with a regularizer too: Table 5 of the paper.

Both phases minimize cross-entropy, phase 2 with the regularizer added; without one
(the default) this is the bound that weak supervision is measured against:

    python -m trainers.full
    python -m trainers.full --binary --regularizer=ncut --regularizer_weight=0.2

A weight of 0 minimizes cross-entropy alone and still reports the regularizer. What both
are on the validation images stands in <output_dir>/validation_losses.json. Each command
takes about two minutes on two cores. Interrupted or killed, the same command resumes.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .config import RunConfig
from .errors import UserError
from .single_run import train_and_report

if TYPE_CHECKING:
    from .engine import Result
    from .recipe import Recipe
    from .recipes import Regularizer

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/full")
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS, scribbles=False)
common_flags.define_regularizer(FLAGS, "none")
common_flags.define_init_from(FLAGS)
common_flags.define_phase(FLAGS, "phase1", "phase 1, cross-entropy")
common_flags.define_phase(FLAGS, "phase2", "phase 2, with the regularizer")
common_flags.define_training(FLAGS)
common_flags.define_single_run(FLAGS)


def main(argv: Sequence[str]) -> None:
    """Runs both phases, or the second alone with --init_from."""
    del argv
    train_and_report(train, FLAGS)


def train(flag_values: flags.FlagValues, strategy) -> "Result":
    """Trains as the flags say and returns the result of phase 2.

    The terms of its loss on the validation images are written and printed.
    """
    from . import engine
    from .recipes import Regularizer
    from .sources import training_sources
    from .strategies import is_chief
    from .validation_losses import write_validation_losses

    if flag_values.regularizer == "adm":
        raise UserError(
            "--regularizer=adm proposes labels where there are none; full masks leave "
            "nothing to propose."
        )
    sources = training_sources(flag_values, labels="mask")
    output_dir, init_from = flag_values.output_dir, flag_values.init_from
    regularizer = Regularizer.from_flags(flag_values)

    def settings(phase: str, regularizer: Regularizer, **fields) -> tuple:
        config = RunConfig.from_flags(flag_values, phase, **fields)
        config = config.resolve(sources[0])
        return full_recipe(regularizer, config.crop_size[1]), config

    if init_from is None:
        init_from = f"{output_dir}/phase1"
        alone = dataclasses.replace(regularizer, name="none", weight=None)
        first = settings("phase1", alone, output_dir=init_from)
        engine.run(*first, *sources, strategy=strategy, title="phase1")
    second = settings("phase2", regularizer, output_dir=output_dir, init_from=init_from)
    result = engine.run(*second, *sources, strategy=strategy, title="phase2")
    if sources[1] is not None and is_chief(strategy):
        losses = write_validation_losses(second[0], result.last, sources[1])
        for name, value in losses.items():
            print(f"Validation {name}  {value:.4f}")
    return result


def full_recipe(regularizer: "Regularizer", crop_width: int) -> "Recipe":
    """Cross-entropy of full masks plus a regularizer on the image.

    A regularizer of weight 0 is a monitor: logged at no cost of a gradient.
    """
    from .recipes import scribble_recipe

    recipe = scribble_recipe(regularizer, crop_width, labels="mask")
    if recipe.loss_weights.get("image") != 0.0:
        return recipe
    terms = dict(recipe.losses)
    monitors = {**recipe.monitors, "image": terms.pop("image")}
    return dataclasses.replace(
        recipe, losses=terms, loss_weights={"mask": 1.0}, ramped=(), monitors=monitors
    )


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
