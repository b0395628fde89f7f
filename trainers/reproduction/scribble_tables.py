"""Tables 1, 2 and 4: scribbles with losses, with proposals, and with a CRF behind."""

from collections.abc import Mapping, Sequence

from . import published_results as paper
from .claims import claims, difference
from .grid import Grid, Scores
from .proposal_systems import GRABCUT, SCRIBBLESUP
from .study import Experiment, Study
from .systems import ADM, CRF, CRF_AS_RNN, FULL, KERNELCUT, NCUT, PCE, System

AXIS = "validation mIoU (%)"
WITH_CRF = " + CRF"

Claim = tuple[str, int, int]
"""What is claimed, the column that it calls larger, and the smaller one."""

TABLE1_SYSTEMS = (PCE, NCUT, CRF, KERNELCUT, FULL)
TABLE1_CLAIMS = (
    ("NC above pCE", 1, 0),
    ("CRF above pCE", 2, 0),
    ("full masks above CRF", 4, 2),
    ("KernelCut at least CRF", 3, 2),
    ("CRF above NC (reported)", 2, 1),
)
TABLE2_SYSTEMS = (GRABCUT, SCRIBBLESUP, ADM, CRF, FULL)
TABLE2_CLAIMS = (
    ("DenseCRF-ADM above GrabCut", 2, 0),
    ("DenseCRF-GD above DenseCRF-ADM", 3, 2),
    ("DenseCRF-GD above ScribbleSup", 3, 1),
    ("full masks above DenseCRF-GD", 4, 3),
)
TABLE4_CLAIMS = (
    ("post-processing helps pCE", 1, 0),
    ("post-processing helps the CRF loss", 4, 3),
    ("CRF loss above pCE", 3, 0),
    ("CRF loss above the trained CRF", 3, 2),
)


def table1(study: Study) -> None:
    """Losses against one another, without and with CRF post-processing."""
    write(
        study,
        "table1",
        "Table 1: regularized losses",
        paper.TABLE1_COLUMNS,
        with_and_without_crf(study, TABLE1_SYSTEMS),
        paper.TABLE1,
        TABLE1_CLAIMS,
    )


def table2(study: Study) -> None:
    """Proposals against the regularized loss, without and with post-processing."""
    write(
        study,
        "table2",
        "Table 2: proposals and the regularized loss",
        paper.TABLE2_COLUMNS,
        with_and_without_crf(study, TABLE2_SYSTEMS),
        paper.TABLE2,
        TABLE2_CLAIMS,
    )


def table4(study: Study) -> None:
    """The CRF as loss, as post-processing and as a trained layer."""
    ours = {
        network: [
            study.scores(network, PCE),
            study.scores(network, PCE, crf=True),
            study.scores(network, CRF_AS_RNN),
            study.scores(network, CRF),
            study.scores(network, CRF, crf=True),
        ]
        for network in study.networks
    }
    write(
        study,
        "table4",
        "Table 4: the CRF as loss, post-processing or layer",
        paper.TABLE4_COLUMNS,
        ours,
        paper.TABLE4,
        TABLE4_CLAIMS,
    )


def with_and_without_crf(
    study: Study, systems: Sequence[System]
) -> dict[str, list[Scores]]:
    """Two rows for each network: as it is, and with post-processing."""
    return {
        network + (WITH_CRF if crf else ""): [
            study.scores(network, system, crf=crf) for system in systems
        ]
        for network in study.networks
        for crf in (False, True)
    }


def write(
    study: Study,
    name: str,
    title: str,
    columns: Sequence[str],
    ours: Mapping[str, Sequence[Scores]],
    papers: Mapping[str, Sequence[float | None]],
    claimed: Sequence[Claim],
) -> None:
    """Writes a table with what the paper claims of the networks as they are."""
    lines = [
        difference(f"{network}: {text}", ours[network][upper], ours[network][lower])
        for network in study.networks
        for text, upper, lower in claimed
    ]
    title += ", validation mIoU (%)"
    study.write(name, Grid(title, columns, ours, papers, notes=[claims(lines)]), AXIS)


NETWORKS = ("deeplab_msc_largefov", "deeplab_vgg16", "deeplab_resnet101")
TABLE1 = Experiment("Table 1", TABLE1_SYSTEMS, table1, NETWORKS)
TABLE2 = Experiment("Table 2", TABLE2_SYSTEMS, table2, NETWORKS)
TABLE4 = Experiment("Table 4", (PCE, CRF_AS_RNN, CRF), table4)
