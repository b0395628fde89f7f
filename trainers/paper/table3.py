"""Table 3: image tags as supervision, with SEC's third loss or the CRF loss."""

from collections.abc import Mapping

from ..engine.config import RunConfig
from ..methods.published import find_published
from ..methods.scribbles import regularizer_loss
from ..methods.tag_options import TagLossOptions
from ..methods.tags import cued_source
from . import paper_results as paper
from .bench import Bench
from .grid import Grid
from .loss_timing import seconds_of_losses
from .runs import Run
from .study import Experiment, Setting, Study
from .verdicts import difference, verdicts

BOUNDARIES = ("none", "constrain", "constrain_no_backprop", "crf")
"""The third losses, in the order of the table's columns."""
EXPAND, CONSTRAIN, NO_BACKPROP, CRF = BOUNDARIES
EVERY_PIXEL = "constrain every pixel"
"""The constraint on all pixels, as the CRF loss; SEC's reads some pixels only."""
FASTER = 4.0
"""Claim: the constraint takes at least this many times as long as the CRF loss."""
CUES_FILE = "classifier/cues.npz"


def runs(setting: Setting) -> list[Run]:
    """Returns the trainings, in the order of the columns.

    The first one trains the classifier whose cues the others read, unless the user
    gives cues.
    """
    first = Run(f"tags_{EXPAND}", "tag", {"boundary": EXPAND})
    uses = {} if "cues" in setting.given else {"cues": (first, CUES_FILE)}
    others = [
        Run(f"tags_{boundary}", "tag", {"boundary": boundary}, uses=uses)
        for boundary in BOUNDARIES[1:]
    ]
    return [first, *others]


def report(study: Study) -> None:
    """Writes mIoU and time of every combination of losses."""
    by_boundary = dict(zip(BOUNDARIES, runs(study.setting), strict=True))
    scores = {name: study.scores(run) for name, run in by_boundary.items()}
    batch = {
        name: {b.seed: seconds_per_batch(b, run) for b in study.first_network}
        for name, run in by_boundary.items()
    }
    seconds = time_losses(study.first, by_boundary[CRF])
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
        notes=[verdicts(lines)],
    )
    study.write("table3", grid)


def time_losses(bench: Bench, run: Run) -> dict[str, float]:
    """Returns the seconds of each third loss and its gradient, taken side by side.

    Args:
        bench: the bench whose batches are used.
        run: a training with the CRF loss.
    """
    given = bench.flags(run)
    published = find_published(given)
    source, _ = cued_source(given, None)
    layer = published and published.layer("segmenter")
    config = RunConfig.layered(given, "segmenter", layer).resolve(source)
    strides = {name: {} for name in BOUNDARIES[1:]} | {EVERY_PIXEL: {"stride": 1}}
    losses = {}
    for name, stride in strides.items():
        boundary = CONSTRAIN if name == EVERY_PIXEL else name
        terms = TagLossOptions.of(given | stride | {"boundary": boundary}, published)
        third = terms.third(published, config.crop_size[1])
        losses[name] = regularizer_loss(third)
    return seconds_of_losses(losses, config, source)


def faster(than: str, other: float, seconds: Mapping[str, float]) -> str:
    """Returns a line that compares the time of the CRF loss with another's."""
    ratio = other / seconds[CRF]
    verdict = "holds" if ratio >= FASTER else "does not hold"
    return (
        f"- the CRF loss takes at least {FASTER:g} times less than {than}: "
        f"{ratio:.1f} times: {verdict}"
    )


def seconds_per_batch(bench: Bench, run: Run) -> float:
    """Returns the seconds of a whole training step, median over epochs."""
    metrics = bench.result(run).metrics
    return metrics["seconds_per_epoch"] * metrics["epochs"] / metrics["steps"]


NETWORKS = ("sec_largefov",)
TABLE3 = Experiment(runs, report, networks=NETWORKS)
