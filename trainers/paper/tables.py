"""Tables of trainings on scribbles, with verdicts on the paper's claims."""

from collections.abc import Callable, Mapping, Sequence

from .grid import Grid, Scores
from .runs import Run
from .study import Experiment, Setting, Study
from .verdicts import difference, verdicts

AXIS = "validation mIoU (%)"
WITH_CRF = " + CRF"
NETWORKS = ("deeplab_msc_largefov", "deeplab_vgg16", "deeplab_resnet101")

Claim = tuple[str, int, int]
"""A claim, the column that it says is larger, and the smaller one."""


def table_with_crf(
    name: str,
    title: str,
    runs: Callable[[Setting], Sequence[Run]],
    columns: Sequence[str],
    papers: Mapping[str, Sequence[float | None]],
    claims: Sequence[Claim],
) -> Experiment:
    """Returns the experiment of a table with a column for each training.

    Each of the paper's networks has two rows: without and with post-processing.
    """

    def report(study: Study) -> None:
        ours = {
            network + (WITH_CRF if crf else ""): [
                study.scores(run, network, crf=crf) for run in runs(study.setting)
            ]
            for network in study.networks
            for crf in (False, True)
        }
        write_table(study, name, title, columns, ours, papers, claims)

    return Experiment(runs, report, runs, NETWORKS)


def write_table(
    study: Study,
    name: str,
    title: str,
    columns: Sequence[str],
    ours: Mapping[str, Sequence[Scores]],
    papers: Mapping[str, Sequence[float | None]],
    claims: Sequence[Claim],
) -> None:
    """Writes a table with verdicts on the networks without post-processing."""
    lines = [
        difference(f"{network}: {text}", ours[network][upper], ours[network][lower])
        for network in study.networks
        for text, upper, lower in claims
    ]
    title += ", validation mIoU (%)"
    study.write(name, Grid(title, columns, ours, papers, notes=[verdicts(lines)]), AXIS)
