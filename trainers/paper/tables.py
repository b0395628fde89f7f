"""Tables of trainings on scribbles, with verdicts on the paper's claims."""

from collections.abc import Mapping, Sequence

from .grid import Grid, Scores
from .runs import Run
from .study import Study
from .verdicts import difference, verdicts

AXIS = "validation mIoU (%)"
WITH_CRF = " + CRF"

Claim = tuple[str, int, int]
"""A claim, the column that it says is larger, and the smaller one."""


def with_and_without_crf(study: Study, runs: Sequence[Run]) -> dict[str, list[Scores]]:
    """Returns two rows for each network: without and with post-processing."""
    return {
        network + (WITH_CRF if crf else ""): [
            study.scores(network, run, crf=crf) for run in runs
        ]
        for network in study.networks
        for crf in (False, True)
    }


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
