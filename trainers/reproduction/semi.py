"""The plot of section 4.5: few labelled images, with and without the others."""

import dataclasses
import functools
import itertools
from collections.abc import Sequence

from tf_rloss import data, visualization

from ..recipes import Recipe
from ..semi_supervised import semi_supervised_recipe
from . import published_results as paper
from .claims import claims, difference
from .grid import Grid
from .lab import Lab
from .study import Experiment, Study
from .systems import FULL, FULL_PHASE1, System

QUICK_SHARES = (0.5,)
SHARES = (0.05, 0.125, 0.25, 0.5)
"""Parts of the training images that keep their labels."""
PER_BATCH = 0.75
"""Part of each batch that is labelled. This and the weight are the best of five pairs
with an eighth of the labels, scored on a quarter of the training images, held out."""
WEIGHT = 0.1
"""Of the CRF loss on the others."""


def mixed(lab: Lab, share: float) -> data.Source:
    """The training images, of which this part keeps its labels."""
    count = max(round(share * len(lab.source)), 1)
    kept = data.subset(lab.source, count, lab.flags.data_seed)
    return data.without_labels(lab.source, set(lab.source.ids).difference(kept.ids))


def labelled(lab: Lab, share: float) -> data.Source:
    """Those images alone."""
    source = mixed(lab, share)
    return source.take(source.labelled.nonzero()[0])


def systems_of(share: float) -> tuple[System, System]:
    """Cross-entropy on the labelled images, and the CRF loss on the others."""

    def fields(lab: Lab) -> dict[str, int]:
        if lab.published is not None:
            return {}
        # As many steps as on all images, whatever the part.
        all_images = lab.config(FULL_PHASE1).resolve(lab.source)
        return {"steps_per_epoch": all_images.steps_per_epoch}

    def mixed_fields(lab: Lab) -> dict[str, int]:
        batch_size = lab.config(FULL_PHASE1).batch_size
        return fields(lab) | {"labelled_per_batch": round(batch_size * PER_BATCH)}

    def recipe(lab: Lab, crop_width: int) -> Recipe:
        return semi_supervised_recipe(
            dataclasses.replace(lab.regularizer("crf"), weight=WEIGHT),
            crop_width,
            "mask",
            labelled_share=PER_BATCH,
            on_all=False,
        )

    phase1 = dataclasses.replace(
        FULL_PHASE1,
        key=f"semi{share:g}_phase1",
        sources=lambda lab: (labelled(lab, share), lab.val),
        fields=fields,
    )
    baseline = phase1.second_phase(f"semi{share:g}_ce")
    crf = System(
        f"semi{share:g}_crf",
        recipe,
        phase1,
        "phase2",
        lambda lab: (mixed(lab, share), lab.val),
        mixed_fields,
    )
    return baseline, crf


SYSTEMS = {share: systems_of(share) for share in SHARES}
METHODS = ("labelled images alone", "+ CRF loss on the others")


def semi(study: Study, shares: Sequence[float]) -> None:
    """mIoU over the number of labelled images, without and with the others."""
    (network,) = study.networks[:1]
    total = len(study.first.source)
    counts = [len(labelled(study.first, share)) for share in shares]
    scores = {
        method: [study.scores(network, SYSTEMS[share][place]) for share in shares]
        for place, method in enumerate(METHODS)
    }
    full = study.scores(network, FULL)
    lines = [
        difference(f"CRF loss on unlabelled images helps {count} labelled", crf, alone)
        for count, alone, crf in zip(counts, *scores.values(), strict=True)
    ]
    rows = {method: [*row, full] for method, row in scores.items()}
    grid = Grid(
        "Semi-supervision: labelled images of all, validation mIoU (%)",
        [*(f"{count} of {total}" for count in counts), f"{total} of {total}"],
        rows,
        notes=[claims(lines), paper.SEMI_NOTE],
    )
    study.write("semi", grid)
    visualization.lines_picture(
        {
            method: {
                n: list(s.values()) for n, s in zip([*counts, total], row, strict=True)
            }
            for method, row in rows.items()
        },
        study.folder / "semi.png",
        xlabel="labelled images",
        ylabel="validation mIoU (%)",
    )


def of_shares(shares: Sequence[float]) -> Experiment:
    """The experiment with these parts of the labels."""
    systems = itertools.chain.from_iterable(SYSTEMS[share] for share in shares)
    report = functools.partial(semi, shares=shares)
    networks = ("deeplab_largefov",)
    return Experiment("Semi-supervision", (*systems, FULL), report, networks)


SEMI, QUICK_SEMI = map(of_shares, (SHARES, QUICK_SHARES))
