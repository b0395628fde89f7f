"""The comparison of the regularizers, with its table, pictures and SavedModel."""

import pathlib
import statistics
from collections.abc import Mapping, Sequence

from tf_rloss import data, visualization
from tf_rloss.files import remove_leftovers, write_text
from tf_rloss.visualization import Section

from .. import defaults
from ..datasets.sources import training_sources
from ..engine.report import command
from ..engine.run import Result, read_result
from ..engine.run_folder import REPORT
from ..errors import UserError
from ..options import Given, build
from ..trained.exporting import export_trained
from ..trained.loading import load_trained
from .bench import Bench
from .comparison_table import (
    CAPTIONS,
    TITLES,
    Row,
    best_weakly_supervised,
    format_csv,
    format_markdown,
    table_cells,
)
from .options import FULL, PCE, CompareOptions
from .pictures import draw_contact_sheet, draw_curves
from .runs import Run
from .study import Setting, Study
from .trainings import FULL as FULL_RUN
from .trainings import PCE as PCE_RUN
from .trainings import regularized


def compare(given: Given) -> None:
    """Trains what is missing, then writes table, pictures and SavedModel.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
    """
    options = build(CompareOptions, given)
    given = {"validate_every": defaults.COMPARE_VALIDATE_EVERY} | dict(given)
    train_source, val = training_sources(given)
    if val is None:
        raise UserError("A comparison needs images with masks to validate on.")
    setting = Setting(given, chosen={})
    runs = {method: run_of(method, setting) for method in options.methods}
    if FULL in runs and not train_source.has_masks:
        print("The row of full masks is left out: the training images have no masks.")
        del runs[FULL]
    root = pathlib.Path(given["output_dir"])
    names = ("table.md", "table.csv", "curves.png", "predictions.png", REPORT)
    remove_leftovers(root / name for name in names)
    benches = [Bench(given, root / f"seed{seed}", seed) for seed in options.seeds]
    study = Study({"": benches}, root, setting)
    note = describe(train_source, val)
    study.do(
        study.plan(list(runs.values())),
        lambda: write_table(
            table_rows(benches, runs), f"{note}\n\n{study.settings()}", root
        ),
    )
    finish(benches, runs, val, root)


def run_of(method: str, setting: Setting) -> Run:
    """Returns the training of a method."""
    if method == PCE:
        return PCE_RUN
    return FULL_RUN if method == FULL else regularized(method, setting)


def describe(train_source: data.Source, val: data.Source) -> str:
    """Returns the note below the table, which explains its columns."""
    return (
        f"mIoU on {len(val)} images of {val.name}, after training on "
        f"{len(train_source)}; single scale, no flip, original resolution. spread: "
        "standard deviation over seeds. gap recovered: from pCE (0 %) to full masks "
        "(100 %)."
    )


def table_rows(benches: Sequence[Bench], runs: dict[str, Run]) -> list[Row]:
    """Returns a row for each method with a finished training."""
    rows = []
    for method, run in runs.items():
        done = {b.seed: b.do(run).metrics for b in benches if b.done(run)}
        if done:
            scores = {seed: m["last"]["mean_iou"] for seed, m in done.items()}
            seconds = statistics.median(m["seconds_per_epoch"] for m in done.values())
            rows.append(Row(method, scores, seconds))
    return rows


def write_table(rows: Sequence[Row], note: str, root: pathlib.Path) -> None:
    """Writes table.md and table.csv; nothing before the first row."""
    if not rows:
        return
    write_text(root / "table.md", format_markdown(rows, note))
    write_text(root / "table.csv", format_csv(rows))


def finish(
    benches: Sequence[Bench],
    runs: dict[str, Run],
    val: data.Source,
    root: pathlib.Path,
) -> None:
    """Draws the pictures, exports the best network and prints all paths."""
    first = benches[0]
    results = {method: first.do(run) for method, run in runs.items()}
    draw_contact_sheet(
        {TITLES[method]: result.last for method, result in results.items()},
        val,
        root / "predictions.png",
    )
    draw_curves(
        {TITLES[m]: (first_phase(first, runs[m]), r) for m, r in results.items()},
        root / "curves.png",
    )
    rows = table_rows(benches, runs)
    write_report(rows, results, root)
    method, seed = best_weakly_supervised(rows)
    best = next(bench for bench in benches if bench.seed == seed).do(runs[method])
    export_trained(
        load_trained("output_dir", str(best.last)), str(root / "saved_model")
    )
    print()
    print((root / "table.md").read_text(encoding="utf-8"))
    print(f"Table       {root / 'table.md'} and table.csv")
    print(f"Pictures    {root / 'predictions.png'} and curves.png")
    print(f"Report      {root / REPORT}")
    print(f"SavedModel  {root / 'saved_model'}  ({CAPTIONS[method]}, seed {seed})")


def write_report(
    rows: Sequence[Row], results: Mapping[str, Result], root: pathlib.Path
) -> None:
    """Writes report.html: the table, the IoU of each class, and the pictures.

    Args:
        rows: the table.
        results: method -> result with the first seed.
        root: folder of the comparison, with its pictures.
    """
    columns, body = table_cells(rows)
    ious = {TITLES[m]: r.metrics["last"]["iou"] for m, r in results.items()}
    names = list(next(iter(ious.values())))
    sections = [
        Section("Methods", columns=columns, rows=body),
        Section(
            "IoU of each class",
            columns=["class", *ious],
            rows=[[name, *(iou[name] for iou in ious.values())] for name in names],
        ),
    ]
    for name in ("curves", "predictions"):
        picture = root / f"{name}.png"
        if picture.is_file():
            sections.append(Section(name.capitalize(), pictures=[(name, picture)]))
    visualization.write_report(
        root / REPORT, "Comparison of the regularizers", sections, command()
    )


def first_phase(bench: Bench, run: Run) -> Result:
    """Returns the result of phase 1 of a training."""
    if run.init_from is not None:
        return bench.do(run.init_from)
    return read_result(bench.folder(run) / "phase1")
