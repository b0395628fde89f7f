"""Chooses the weight and the bandwidths of a regularizer, on training images alone.

A part of the training images that have masks is held out. One network is trained on
the scribbles of the others by partial cross-entropy, and from its weights one for each
combination of the listed values:

    python -m trainers.tune --regularizer=crf --regularizer_weights=0.3,1,3
    python -m trainers.tune --regularizer=kernelcut --sigma_rgbs=10,15,20 \\
        --dataset=folder --data_dir=DIR

prints the mIoU on the held-out images, best first, and writes it to tune.md and
tune.csv. Interrupted or killed, the same command resumes; more values only add to it.
"""

import dataclasses
import itertools
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags, defaults
from .errors import UserError
from .idle_flags import acts_only_with
from .seeds import define_seeds, parse_seeds

if TYPE_CHECKING:
    from .recipes import Regularizer
    from .reproduction.grid import Grid, Scores
    from .reproduction.systems import System

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/tune")
define_seeds(FLAGS)
flags.DEFINE_float(
    "held_out",
    0.25,
    "Share of the training images to score on.",
    lower_bound=0.01,
    upper_bound=0.9,
    flag_values=FLAGS,
)
for _name, _what in (
    ("regularizer_weights", "Weights against partial cross-entropy"),
    ("sigma_xys", "Bandwidths in pixels of the crop"),
    ("sigma_rgbs", "Bandwidths in intensities 0..255"),
    ("gammas", "Weights of the normalized cut within kernelcut"),
):
    flags.DEFINE_list(
        _name, [], f"{_what} to try. Default: the usual one.", flag_values=FLAGS
    )
flags.DEFINE_enum(
    "regularizer",
    "kernelcut",
    [name for name in defaults.REGULARIZERS if name != "none"],
    "Which regularizer.",
    flag_values=FLAGS,
)
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS)
common_flags.define_regularizer_settings(FLAGS)
common_flags.define_phase(FLAGS, "phase1", "phase 1, partial cross-entropy")
common_flags.define_phase(FLAGS, "phase2", "phase 2, with the regularizer")
common_flags.define_training(FLAGS)
common_flags.refuse_idle_settings(FLAGS)
acts_only_with(["gammas"], "regularizer", ["kernelcut"], FLAGS)
FLAGS.set_default("validate_every", 5)

LISTS = {
    "weight": "regularizer_weights",
    "sigma_xy": "sigma_xys",
    "sigma_rgb": "sigma_rgbs",
    "gamma": "gammas",
}
"""Field of `Regularizer` -> flag that lists its values."""


def main(argv: Sequence[str]) -> None:
    """Trains what is missing and prints the table."""
    del argv
    settings = combinations(FLAGS)
    seeds = parse_seeds(FLAGS.seeds)
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from tf_rloss import data

    from .reproduction.lab import Lab
    from .reproduction.study import Study
    from .reproduction.systems import PCE
    from .sources import training_sources

    train_source, _ = training_sources(FLAGS)
    if not train_source.has_masks:
        raise UserError("Tuning needs masks of the training images, to score on.")
    sources = data.split(train_source, FLAGS.held_out, FLAGS.data_seed)
    root = pathlib.Path(FLAGS.output_dir)
    labs = [Lab(FLAGS, root / f"seed{seed}", seed, sources) for seed in seeds]
    study = Study({"": labs}, root)
    systems = {"pCE alone": PCE}
    systems |= {
        title_of(fields): system_of(FLAGS.regularizer, fields) for fields in settings
    }
    study.train(list(systems.values()))
    scores = {title: study.scores("", system) for title, system in systems.items()}
    study.write("tune", make_grid(scores, len(sources[0]), len(sources[1])))


def combinations(flag_values: flags.FlagValues) -> list[dict[str, float]]:
    """Fields of `Regularizer` for every combination of the listed values.

    Raises:
        UserError: if a value is not a number above 0.
    """
    listed = {}
    for field, flag in LISTS.items():
        try:
            values = [float(text) for text in flag_values[flag].value]
        except ValueError:
            values = [-1.0]
        if any(not 0.0 < value < float("inf") for value in values):
            raise UserError(
                f"--{flag} must be numbers above 0, separated by commas. "
                f"Received: {','.join(flag_values[flag].value)}"
            )
        if values:
            listed[field] = list(dict.fromkeys(values))
    return [
        dict(zip(listed, values, strict=True))
        for values in itertools.product(*listed.values())
    ]


def title_of(fields: dict[str, float]) -> str:
    """What a combination is called: "weight 0.3, sigma_rgb 15"."""
    return ", ".join(f"{name} {value:g}" for name, value in fields.items()) or "usual"


def system_of(name: str, fields: dict[str, float]) -> "System":
    """The system that trains with a regularizer of these settings."""
    from .reproduction.systems import PCE_PHASE1, System, recipe_of

    def change(regularizer: "Regularizer") -> "Regularizer":
        return dataclasses.replace(regularizer, **fields)

    parts = [name, *(f"{field}{value:g}" for field, value in fields.items())]
    recipe = recipe_of(name, change=change)
    return System("_".join(parts), recipe, PCE_PHASE1, "phase2")


def make_grid(scores: "dict[str, Scores]", trained: int, held_out: int) -> "Grid":
    """The table, best mean first."""
    from .reproduction.grid import Grid

    def mean(title: str) -> float:
        return sum(scores[title].values()) / len(scores[title])

    ordered = sorted(scores, key=mean, reverse=True)
    return Grid(
        "Settings of the regularizer, mIoU (%) on held-out training images",
        ("mIoU",),
        {title: (scores[title],) for title in ordered},
        digits=dict.fromkeys(ordered, 2),
        notes=[f"Trained on {trained} images, scored on {held_out} others of the set."],
    )


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
