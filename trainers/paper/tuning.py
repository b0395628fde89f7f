"""Choice of weights and bandwidths on training images alone: regularizers, CRFs."""

import dataclasses
import itertools
import pathlib
from collections.abc import Mapping, Sequence

from tf_rloss.files import write_json

from .. import defaults
from ..datasets.sources import training_sources
from ..errors import UserError
from ..options import Given, build
from .bench import EVALUATE, USUAL_CRF, Bench, evaluation_of
from .chosen_settings import CLICKS, FILE
from .grid import Grid, Scores
from .options import CRF_AS_RNN, CRFS, POST_PROCESSING, TuneOptions
from .runs import Run
from .study import Setting, Study
from .trainings import PCE, PCE_PHASE1, crf_as_rnn

LISTS = {
    "regularizer_weights": "regularizer_weight",
    "sigma_xys": "sigma_xy",
    "sigma_colors": "sigma_color",
    "gammas": "gamma",
}
"""Flag that lists values -> the training's flag that takes one of them."""
CRF_LISTS = {
    "regularizer_weights": "crf_bilateral_weight",
    "sigma_xys": "crf_sigma_xy",
    "sigma_colors": "crf_sigma_color",
}
"""The same for dense CRFs."""


def tune(given: Given) -> None:
    """Trains what is missing, prints the table and writes the best settings.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
    """
    options = build(TuneOptions, given)
    usual = {"validate_every": defaults.COMPARE_VALIDATE_EVERY}
    given = usual | dict(given) | {"val_fraction": options.held_out}
    train_source, held_out = training_sources(given)
    if held_out is None:
        raise UserError("Tuning needs masks of the training images, to score on.")
    root = pathlib.Path(given["output_dir"])
    seeds = dict.fromkeys(options.seeds)
    benches = [Bench(given, root / f"seed{seed}", seed) for seed in seeds]
    study = Study({"": benches}, root, Setting(given, chosen={}))
    tried = {title_of(flags): flags for flags in combinations(options)}
    runs = {title: run_of(options.regularizer, flags) for title, flags in tried.items()}
    study.do(study.plan([PCE, *runs.values()]))
    scores = {"pCE alone": study.scores(PCE)}
    for title, run in runs.items():
        evaluated = run.program == EVALUATE
        scores[title] = (
            study.metric(run, "mean_iou", "") if evaluated else study.scores(run)
        )
    study.write("tune", make_grid(scores, len(train_source), len(held_out)))
    best = max(tried, key=lambda title: mean(scores[title]))
    clicks = CLICKS if given.get("length_ratio") == 0.0 or given.get("points") else ""
    chosen = {options.regularizer + clicks: tried[best]}
    write_json(root / FILE, chosen)
    print(f"Best settings: {root / FILE}, for --chosen of trainers.reproduce")


def combinations(options: TuneOptions) -> list[dict[str, float]]:
    """Returns the flags for every combination of the listed values."""
    lists = CRF_LISTS if options.regularizer in CRFS else LISTS
    listed = {
        flag: list(dict.fromkeys(getattr(options, name)))
        for name, flag in lists.items()
        if getattr(options, name)
    }
    return [
        dict(zip(listed, values, strict=True))
        for values in itertools.product(*listed.values())
    ]


def title_of(flags: Mapping[str, float]) -> str:
    """Returns the title of a combination: "regularizer_weight 0.3, sigma_color 15"."""
    return ", ".join(f"{name} {value:g}" for name, value in flags.items()) or "usual"


def run_of(name: str, flags: Mapping[str, float]) -> Run:
    """Returns the run with a regularizer or a CRF of these settings."""
    key = "_".join([name, *(f"{flag}{value:g}" for flag, value in flags.items())])
    if name == POST_PROCESSING:
        return evaluation_of(PCE, key, {"crf": USUAL_CRF, **flags})
    if name == CRF_AS_RNN:
        return dataclasses.replace(crf_as_rnn(flags), key=key)
    return Run(key, "scribble", {"regularizer": name, **flags}, PCE_PHASE1)


def mean(scores: Scores) -> float:
    """Returns the mean over seeds."""
    return sum(scores.values()) / len(scores)


def make_grid(scores: Mapping[str, Scores], trained: int, held_out: int) -> Grid:
    """Returns the table, the best mean first."""
    ordered: Sequence[str] = sorted(scores, key=lambda t: mean(scores[t]), reverse=True)
    return Grid(
        "Settings of the regularizer, mIoU (%) on held-out training images",
        ("mIoU",),
        {title: (scores[title],) for title in ordered},
        digits=dict.fromkeys(ordered, 2),
        notes=[f"Trained on {trained} images, scored on {held_out} others of the set."],
    )
