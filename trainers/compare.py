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
from typing import TYPE_CHECKING, NamedTuple

from absl import flags

from . import common_flags
from .comparison import (
    FULL,
    NAMES,
    PCE,
    Row,
    best_weakly_supervised,
    format_csv,
    format_markdown,
)
from .config import RunConfig
from .errors import UserError

if TYPE_CHECKING:
    from tf_rloss import data

    from .engine import Result

FLAGS = flags.FlagValues()
common_flags.define_output(FLAGS, "runs/compare")
flags.DEFINE_list("seeds", ["0"], "Seeds to train with.", flag_values=FLAGS)
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
    from .sources import training_sources

    seeds, methods = parse_seeds(FLAGS.seeds), parse_methods(FLAGS.methods)
    train_source, val = training_sources(FLAGS)
    if val is None:
        raise UserError("A comparison needs images with masks to validate on.")
    if FULL in methods and not train_source.has_masks:
        print("The row of full masks is left out: the training images have no masks.")
        methods.remove(FULL)
    jobs = plan(seeds, methods)
    root = pathlib.Path(FLAGS.output_dir)
    results = {}
    for number, job in enumerate(jobs, 1):
        title = f"[{number}/{len(jobs)}] {job}"
        results[job] = train(job, FLAGS, (train_source, val), title)
        write_table(table_rows(results), describe(train_source, val), root)
    finish(results, FLAGS, val)


def describe(train_source: "data.Source", val: "data.Source") -> str:
    """What the scores of the table are."""
    return (
        f"mIoU on {len(val)} images of {val.name}, after training on "
        f"{len(train_source)}; single scale, no flip, original resolution. spread: "
        "standard deviation over seeds. gap recovered: from pCE (0 %) to full masks "
        "(100 %)."
    )


def parse_seeds(texts: Sequence[str]) -> list[int]:
    try:
        return list(dict.fromkeys(int(text) for text in texts))
    except ValueError:
        raise UserError(f"--seeds must be whole numbers. Received: {texts}") from None


def parse_methods(names: Sequence[str]) -> list[str]:
    """The methods in the order of the table."""
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise UserError(
            f"--methods must be some of {', '.join(NAMES)}. "
            f"Received: {', '.join(names)}"
        )
    return [name for name in NAMES if name in names]


class Job(NamedTuple):
    """One training of the comparison."""

    seed: int
    method: str
    phase: str

    @property
    def first(self) -> "Job":
        """The training that this one starts from, shared by all scribble methods."""
        return Job(self.seed, FULL if self.method == FULL else PCE, "phase1")

    def folder(self, root: pathlib.Path) -> pathlib.Path:
        suffix = "_phase1" if self.phase == "phase1" else ""
        return root / f"seed{self.seed}" / f"{self.method}{suffix}"

    def __str__(self) -> str:
        return f"seed {self.seed} {self.method} {self.phase}"


def plan(seeds: Sequence[int], methods: Sequence[str]) -> list[Job]:
    """All trainings, each after the one that it starts from."""
    rows = [Job(seed, method, "phase2") for seed in seeds for method in methods]
    # A dict keeps the order and drops the repetitions of a shared first phase.
    return list(dict.fromkeys(job for row in rows for job in (row.first, row)))


def train(
    job: Job, flag_values: flags.FlagValues, sources: tuple, title: str
) -> "Result":
    """Runs, resumes or looks up one training."""
    from . import engine
    from .recipes import Regularizer, scribble_recipe

    root = pathlib.Path(flag_values.output_dir)
    start = str(job.first.folder(root)) if job.phase == "phase2" else None
    config = RunConfig.from_flags(
        flag_values,
        job.phase,
        output_dir=str(job.folder(root)),
        init_from=start,
        seed=job.seed,
        strategy="one_device",
    ).resolve(sources[0])
    name = "none" if job.method in (PCE, FULL) else job.method
    recipe = scribble_recipe(
        Regularizer.with_settings(name, flag_values),
        config.crop_size[1],
        labels="mask" if job.method == FULL else "scribble",
    )
    return engine.run(recipe, config, *sources, title=title)


def table_rows(results: "dict[Job, Result]") -> list[Row]:
    """A row for each method of which a training is done."""
    rows = []
    for method in NAMES:
        done = {
            job.seed: result.metrics
            for job, result in results.items()
            if (job.method, job.phase) == (method, "phase2")
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


def finish(
    results: "dict[Job, Result]", flag_values: flags.FlagValues, val: "data.Source"
) -> None:
    """Draws the pictures, exports the best network and says where everything lies."""
    from . import comparison_pictures
    from .export import export_trained
    from .trained import load_trained

    root = pathlib.Path(flag_values.output_dir)
    seed = next(iter(results)).seed
    shown = {
        job: result
        for job, result in results.items()
        if job.seed == seed and job.phase == "phase2"
    }
    comparison_pictures.draw_contact_sheet(
        {job.method: result.last for job, result in shown.items()},
        val,
        root / "predictions.png",
    )
    comparison_pictures.draw_curves(
        {job.method: (results[job.first], result) for job, result in shown.items()},
        root / "curves.png",
    )
    rows = table_rows(results)
    method, seed = best_weakly_supervised(rows)
    best = results[Job(seed, method, "phase2")].last
    export_trained(load_trained("output_dir", str(best)), str(root / "saved_model"))
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
