"""Tables 1, 2 and 4: scribbles with losses, with proposals, and with a CRF behind."""

from . import published_results as paper
from .claims import claims, difference
from .grid import Grid, Scores
from .proposal_systems import GRABCUT, SCRIBBLESUP
from .study import Experiment, Study
from .systems import ADM, CRF, CRF_AS_RNN, FULL, KERNELCUT, NCUT, PCE, System

AXIS = "validation mIoU (%)"
WITH_CRF = " + CRF"

TABLE1_SYSTEMS = (PCE, NCUT, CRF, KERNELCUT, FULL)
TABLE2_SYSTEMS = (GRABCUT, SCRIBBLESUP, ADM, CRF, FULL)


def table1(study: Study) -> None:
    """Losses against one another, without and with CRF post-processing."""
    ours = _with_and_without_crf(study, TABLE1_SYSTEMS)
    lines = []
    for network in study.networks:
        pce, ncut, crf, kernelcut, full = ours[network]
        lines += [
            difference(f"{network}: NC above pCE", ncut, pce),
            difference(f"{network}: CRF above pCE", crf, pce),
            difference(f"{network}: full masks above CRF", full, crf),
            difference(f"{network}: KernelCut at least CRF", kernelcut, crf),
            difference(f"{network}: CRF above NC (reported)", crf, ncut),
        ]
    grid = Grid(
        "Table 1: regularized losses, validation mIoU (%)",
        paper.TABLE1_COLUMNS,
        ours,
        paper.TABLE1,
        notes=[claims(lines)],
    )
    study.write("table1", grid, AXIS)


def table2(study: Study) -> None:
    """Proposals against the regularized loss."""
    ours = _with_and_without_crf(study, TABLE2_SYSTEMS)
    lines = []
    for network in study.networks:
        grabcut, scribblesup, adm, crf, full = ours[network]
        lines += [
            difference(f"{network}: DenseCRF-ADM above GrabCut", adm, grabcut),
            difference(f"{network}: DenseCRF-GD above DenseCRF-ADM", crf, adm),
            difference(f"{network}: DenseCRF-GD above ScribbleSup", crf, scribblesup),
            difference(f"{network}: full masks above DenseCRF-GD", full, crf),
        ]
    grid = Grid(
        "Table 2: proposals and the regularized loss, validation mIoU (%)",
        paper.TABLE2_COLUMNS,
        ours,
        paper.TABLE2,
        notes=[claims(lines)],
    )
    study.write("table2", grid, AXIS)


def table4(study: Study) -> None:
    """The CRF as loss, as post-processing and as a trained layer."""
    ours = {
        network: (
            study.scores(network, PCE),
            study.scores(network, PCE, crf=True),
            study.scores(network, CRF_AS_RNN),
            study.scores(network, CRF),
            study.scores(network, CRF, crf=True),
        )
        for network in study.networks
    }
    lines = []
    for network in study.networks:
        pce, pce_crf, joint, loss, loss_crf = ours[network]
        lines += [
            difference(f"{network}: post-processing helps pCE", pce_crf, pce),
            difference(
                f"{network}: post-processing helps the CRF loss", loss_crf, loss
            ),
            difference(f"{network}: CRF loss above pCE", loss, pce),
            difference(f"{network}: CRF loss above the trained CRF", loss, joint),
        ]
    grid = Grid(
        "Table 4: the CRF as loss, post-processing or layer, validation mIoU (%)",
        paper.TABLE4_COLUMNS,
        ours,
        paper.TABLE4,
        notes=[claims(lines)],
    )
    study.write("table4", grid, AXIS)


def _with_and_without_crf(
    study: Study, systems: tuple[System, ...]
) -> dict[str, list[Scores]]:
    """Two rows for each network: as it is, and with post-processing."""
    return {
        network + (WITH_CRF if crf else ""): [
            study.scores(network, system, crf=crf) for system in systems
        ]
        for network in study.networks
        for crf in (False, True)
    }


NETWORKS = ("deeplab_msc_largefov", "deeplab_vgg16", "deeplab_resnet101")
TABLE1 = Experiment("Table 1", TABLE1_SYSTEMS, table1, NETWORKS)
TABLE2 = Experiment("Table 2", TABLE2_SYSTEMS, table2, NETWORKS)
TABLE4 = Experiment("Table 4", (PCE, CRF_AS_RNN, CRF), table4)
