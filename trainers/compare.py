"""Compares the regularizers: everything that the paper claims, in one command.

Phase 1 trains on scribbles with partial cross-entropy (pCE). From its weights phase 2
goes on with pCE alone, and with the normalized cut, the dense CRF or the kernel cut
added; full masks get the same two phases. All methods take the same number of steps:

    python -m trainers.compare
    python -m trainers.compare --dataset=folder --data_dir=DIR --seeds=0,1,2

Writes table.md, table.csv, predictions.png, curves.png and saved_model/, the best
network that was trained on scribbles. Scores are those after the last step on the
validation images, which no choice depends on. The first command takes about six
minutes on two cores. Interrupted or killed, the same command resumes.
"""

import pathlib
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from . import common_flags
from .comparison import (
    FULL,
    NAMES,
    Row,
    best_weakly_supervised,
    format_csv,
    format_markdown,
)
from .errors import UserError
from .seeds import define_seeds, parse_seeds

if TYPE_CHECKING:
    from tf_rloss import data

    from .reproduction.lab import Lab

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/compare")
define_seeds(FLAGS)
flags.DEFINE_list(
    "methods", list(NAMES), f"Rows of the table: {', '.join(NAMES)}.", flag_values=FLAGS
)
common_flags.define_data(FLAGS)
common_flags.define_training_data(FLAGS)
common_flags.define_regularizer_settings(FLAGS)
common_flags.define_phase(FLAGS, "phase1", "phase 1, partial cross-entropy")
common_flags.define_phase(FLAGS, "phase2", "phase 2, with the regularizers")
common_flags.define_training(FLAGS)
# A run of half a minute need not be validated after each of its epochs.
FLAGS.set_default("validate_every", 5)


def main(argv: Sequence[str]) -> None:
    """Trains what is missing, then writes table, pictures and SavedModel."""
    del argv
    # Imported late, so that --help and a wrong flag need not wait for TensorFlow.
    from .reproduction.lab import Lab
    from .reproduction.study import Study
    from .reproduction.systems import SYSTEMS
    from .sources import training_sources

    seeds, methods = parse_seeds(FLAGS.seeds), parse_methods(FLAGS.methods)
    train_source, val = training_sources(FLAGS)
    if val is None:
        raise UserError("A comparison needs images with masks to validate on.")
    if FULL in methods and not train_source.has_masks:
        print("The row of full masks is left out: the training images have no masks.")
        methods.remove(FULL)
    root = pathlib.Path(FLAGS.output_dir)
    labs = [Lab(FLAGS, root / f"seed{s}", s, (train_source, val)) for s in seeds]
    study = Study({"": labs}, root)
    note = describe(train_source, val)
    chosen = [SYSTEMS[method] for method in methods]
    study.train(chosen, lambda: write_table(table_rows(labs), note, root))
    finish(labs, methods, root)


def describe(train_source: "data.Source", val: "data.Source") -> str:
    """What the scores of the table are."""
    return (
        f"mIoU on {len(val)} images of {val.name}, after training on "
        f"{len(train_source)}; single scale, no flip, original resolution. spread: "
        "standard deviation over seeds. gap recovered: from pCE (0 %) to full masks "
        "(100 %)."
    )


def parse_methods(names: Sequence[str]) -> list[str]:
    """The methods in the order of the table."""
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise UserError(
            f"--methods must be some of {', '.join(NAMES)}. "
            f"Received: {', '.join(names)}"
        )
    return [name for name in NAMES if name in names]


def table_rows(labs: "Sequence[Lab]") -> list[Row]:
    """A row for each method of which a training is done."""
    rows = []
    for method in NAMES:
        done = {
            lab.seed: lab.results[method].metrics
            for lab in labs
            if method in lab.results
        }
        if done:
            scores = {seed: m["last"]["mean_iou"] for seed, m in done.items()}
            seconds = statistics.median(m["seconds_per_epoch"] for m in done.values())
            rows.append(Row(method, scores, seconds))
    return rows


def write_table(rows: Sequence[Row], note: str, root: pathlib.Path) -> None:
    from tf_rloss.visualization import atomic_file

    texts = {"table.md": format_markdown(rows, note), "table.csv": format_csv(rows)}
    for name, text in texts.items():
        with atomic_file(root / name) as temporary:
            temporary.write_text(text)


def finish(labs: "Sequence[Lab]", methods: Sequence[str], root: pathlib.Path) -> None:
    """Draws the pictures, exports the best network and says where everything lies."""
    from . import comparison_pictures
    from .export import export_trained
    from .reproduction.systems import SYSTEMS

    first = labs[0]
    comparison_pictures.draw_contact_sheet(
        {comparison_pictures.TITLES[m]: first.results[m].last for m in methods},
        first.val,
        root / "predictions.png",
    )
    phases = {m: (SYSTEMS[m].after.key, SYSTEMS[m].key) for m in methods}
    comparison_pictures.draw_curves(
        {m: tuple(first.results[key] for key in keys) for m, keys in phases.items()},
        root / "curves.png",
    )
    method, seed = best_weakly_supervised(table_rows(labs))
    best = next(lab for lab in labs if lab.seed == seed).trained(SYSTEMS[method])
    export_trained(best, str(root / "saved_model"))
    print()
    print((root / "table.md").read_text())
    print(f"Table       {root / 'table.md'} and table.csv")
    print(f"Pictures    {root / 'predictions.png'} and curves.png")
    print(f"SavedModel  {root / 'saved_model'}  ({NAMES[method]}, seed {seed})")


def run() -> None:
    """Entry point of the console command."""
    common_flags.run_app(main, FLAGS)


if __name__ == "__main__":
    run()
