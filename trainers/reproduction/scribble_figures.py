"""Figures 1, 2 and 3: gradients, predictions, and gradient descent against ADM."""

from tf_rloss import data, visualization

from .. import defaults
from ..gradient_figure import draw, starting_segmentation
from ..pictures import filled
from .claims import claims, difference
from .grid import Grid
from .pictures import draw_predictions
from .scribble_tables import TABLE1_SYSTEMS
from .study import Experiment, Study
from .systems import ADM, CRF, FULL, KERNELCUT, NCUT, PCE

GRADIENT_IMAGE = 3
"""Place in the validation set of the image of Figure 1."""
GRADIENT_CLASSES = 3


def figure1(study: Study) -> None:
    """Draws where each regularizer pushes the output of the pCE network."""
    lab = study.first
    place = min(GRADIENT_IMAGE, len(lab.val) - 1)
    (example,) = data.eval_pipeline(lab.val.take([place])).as_numpy_iterator()
    image = example["image"]
    width = image.shape[1]
    draw(
        image,
        starting_segmentation(image, str(lab.train(PCE).last), None),
        study.folder / "figure1.png",
        sigma_xy=defaults.SIGMA_XY_OF_PAPER * width / defaults.CROP_OF_PAPER,
        sigma_rgb=lab.flags.sigma_rgb or defaults.SIGMA_RGB,
        gamma=lab.flags.gamma,
        max_classes=GRADIENT_CLASSES,
        scribble=None,
    )
    print(f"Figure 1: {study.folder / 'figure1.png'}")


def figure2(study: Study) -> None:
    """Draws the predictions of the networks of Table 1."""
    shown = {"pCE": PCE, "+ NC": NCUT, "+ CRF": CRF, "+ KC": KERNELCUT, "full": FULL}
    draw_predictions(study, shown, "figure2")
    print(f"Figure 2: {study.folder / 'figure2.png'}")


CURVES = {
    "crf_energy": "CRF energy, train",
    "val_crf_energy": "CRF energy, val",
    "miou": "mIoU, scribbles of train",
    "val_miou": "mIoU, val",
}
"""Column of the history -> what it is."""
OPTIMIZERS = {"gradient descent (GD)": CRF, "proposals (ADM)": ADM}


def figure3(study: Study) -> None:
    """Plots energy and mIoU of gradient descent and of ADM over the epochs."""
    (network,) = study.networks[:1]
    lab = study.first
    panels = {
        title: {
            name: filled([row[column] for row in lab.train(system).history])
            for name, system in OPTIMIZERS.items()
        }
        for column, title in CURVES.items()
    }
    visualization.panels_picture(panels, study.folder / "figure3.png")
    ends = {
        name: [
            {
                lab.seed: scale * lab.train(system).history[-1][column]
                for lab in study.labs[network]
            }
            for column, scale in zip(CURVES, (1, 1, 100, 100), strict=True)
        ]
        for name, system in OPTIMIZERS.items()
    }
    gd, adm = ends.values()
    lines = [
        difference("ADM ends at a higher energy on training images", adm[0], gd[0]),
        difference("ADM ends at a higher energy on validation images", adm[1], gd[1]),
        difference("GD ends at a higher validation mIoU", gd[3], adm[3]),
    ]
    columns = ["energy, train", "energy, val", "mIoU (%), scribbles", "mIoU (%), val"]
    digits = dict.fromkeys(ends, 4)
    note = "The paper's Figure 3 has curves without numbers."
    grid = Grid(
        "Figure 3: gradient descent and ADM at the last step",
        columns,
        ends,
        digits=digits,
        notes=[claims(lines), note],
    )
    study.write("figure3", grid)


FIGURE1 = Experiment("Figure 1", (PCE,), figure1)
FIGURE2 = Experiment("Figure 2", TABLE1_SYSTEMS, figure2)
FIGURE3 = Experiment("Figure 3", (CRF, ADM), figure3)
