"""Table 3 and Figure 4: image tags, with SEC's third loss or the CRF loss."""

import dataclasses
import functools
from collections.abc import Mapping

from tf_rloss import data

from ..config import RunConfig
from ..recipe import Recipe
from ..strategies import make_strategy
from ..tag_cues import CueSettings, cues_of_classifier, cues_of_file, describe_cues
from ..tag_recipes import TagLosses, tag_recipe
from . import published_results as paper
from .claims import claims, difference
from .grid import Grid
from .lab import Lab
from .loss_timing import seconds_of_losses
from .pictures import draw_predictions
from .study import Experiment, Study
from .systems import System

EXPAND, CONSTRAIN, NO_BACKPROP, CRF = (
    "none",
    "constrain",
    "constrain_no_backprop",
    "crf",
)
BOUNDARIES = (EXPAND, CONSTRAIN, NO_BACKPROP, CRF)
"""The third losses, in the order of the table's columns."""
EVERY_PIXEL = "constrain every pixel"
"""The constraint at the resolution of the CRF loss; SEC's looks at some pixels."""
FASTER = 4.0
"""How many times less the CRF loss shall take than the constraint."""


@functools.cache
def cued(lab: Lab) -> data.Source:
    """The training images with cues: of a file, or of a classifier of their tags."""
    flags = lab.flags
    if flags.cues is not None:
        return cues_of_file(lab.source, flags.cues, flags.cues_list)
    config = RunConfig.from_flags(
        flags,
        "classifier",
        lab.published,
        output_dir=str(lab.root / "tags_classifier"),
        seed=lab.seed,
        strategy="one_device",
    )
    source = cues_of_classifier(
        lab.source,
        config,
        CueSettings(),
        make_strategy("one_device"),
        lab.published,
    )
    print(describe_cues(source))
    return source


def losses_of(lab: Lab, boundary: str) -> TagLosses:
    """The losses with this third one; those published where the training is."""
    if lab.published is None:
        return TagLosses(boundary)
    return TagLosses.published(boundary)


def from_tags(boundary: str) -> System:
    """Seed, expand and a third loss."""

    def recipe(lab: Lab, crop_width: int) -> Recipe:
        return tag_recipe(losses_of(lab, boundary), crop_width)

    def sources(lab: Lab) -> tuple[data.Source, data.Source]:
        return cued(lab), lab.val

    return System(f"tags_{boundary}", recipe, None, "segmenter", sources)


SYSTEMS = {boundary: from_tags(boundary) for boundary in BOUNDARIES}


def table3(study: Study) -> None:
    """mIoU and time of every combination of losses."""
    (network,) = study.networks[:1]
    labs = study.labs[network]
    scores = {name: study.scores(network, SYSTEMS[name]) for name in BOUNDARIES}
    batch = {
        name: {lab.seed: seconds_per_batch(lab, system) for lab in labs}
        for name, system in SYSTEMS.items()
    }
    seconds = time_losses(study.first)
    layer = [{study.first.seed: seconds[name]} for name in BOUNDARIES[1:]]
    rows = {
        "mIoU (%)": list(scores.values()),
        "time (s/batch)": list(batch.values()),
        "time of the layer (s/batch)": [None, *layer],
    }
    lines = [
        difference("the CRF loss helps seed + expand", scores[CRF], scores[EXPAND]),
        difference("the constraint helps", scores[CONSTRAIN], scores[EXPAND]),
        difference("CRF loss above the constraint", scores[CRF], scores[CONSTRAIN]),
        difference(
            "back-propagation through mean field helps (the paper: no)",
            scores[CONSTRAIN],
            scores[NO_BACKPROP],
        ),
        faster("the constraint as it is trained with", seconds[CONSTRAIN], seconds),
        faster("the constraint on every pixel", seconds[EVERY_PIXEL], seconds),
    ]
    digits = {title: 4 for title in rows if "time" in title}
    digits |= {f"paper: {title}": 2 for title in digits}
    grid = Grid(
        "Table 3: image tags as supervision",
        paper.TABLE3_COLUMNS,
        rows,
        paper.TABLE3,
        digits=digits,
        notes=[claims(lines)],
    )
    study.write("table3", grid)


def time_losses(lab: Lab) -> dict[str, float]:
    """Seconds of each third loss and its gradient, measured side by side."""
    config = lab.config(SYSTEMS[CRF]).resolve(lab.source)
    width = config.crop_size[1]
    settings = {name: losses_of(lab, name).resolve(width) for name in BOUNDARIES[1:]}
    settings[EVERY_PIXEL] = dataclasses.replace(settings[CONSTRAIN], stride=1)
    losses = {name: terms.boundary_loss(width) for name, terms in settings.items()}
    return seconds_of_losses(losses, config, cued(lab))


def faster(than: str, other: float, seconds: Mapping[str, float]) -> str:
    """A line on how many times less the CRF loss takes, forward and backward."""
    ratio = other / seconds[CRF]
    verdict = "holds" if ratio >= FASTER else "does not hold"
    return (
        f"- the CRF loss takes at least {FASTER:g} times less than {than}: "
        f"{ratio:.1f} times: {verdict}"
    )


def seconds_per_batch(lab: Lab, system: System) -> float:
    """Of a whole training step, median over epochs."""
    metrics = lab.train(system).metrics
    return metrics["seconds_per_epoch"] * metrics["epochs"] / metrics["steps"]


def figure4(study: Study) -> None:
    """Draws predictions of SEC and of the CRF loss in its place."""
    shown = {"seed + expand": EXPAND, "SEC": CONSTRAIN, "+ CRF loss": CRF}
    draw_predictions(study, {k: SYSTEMS[v] for k, v in shown.items()}, "figure4")
    print(f"Figure 4: {study.folder / 'figure4.png'}")


NETWORKS = ("sec_largefov",)
TABLE3 = Experiment("Table 3", tuple(SYSTEMS.values()), table3, NETWORKS)
FIGURE4 = Experiment(
    "Figure 4", (SYSTEMS[EXPAND], SYSTEMS[CONSTRAIN], SYSTEMS[CRF]), figure4, NETWORKS
)
