"""Figure 3: energy and mIoU of gradient descent and of ADM over the epochs."""

from collections.abc import Callable, Mapping

from tf_rloss import visualization

from ..errors import UserError
from ..methods.regularizers import REGULARIZERS
from .bench import Bench
from .grid import Grid
from .runs import Run
from .study import Experiment, Setting, Study
from .trainings import PCE, PCE_PHASE1, regularized
from .verdicts import difference, verdicts

CURVES = {
    "crf_energy": "CRF energy, train",
    "val_crf_energy": "CRF energy, val",
    "scribble_miou": "mIoU, scribbles of train",
    "val_miou": "mIoU, val",
}
"""Column of the history -> its title."""
GD, ADM = "gradient descent (GD)", "proposals (ADM)"


def runs_by_title(setting: Setting) -> dict[str, Run]:
    """Returns pCE alone, GD and ADM of the same objective.

    GD minimizes pCE + lambda R. The proposals of ADM minimize a cross-entropy of
    weight alpha plus a dense CRF of weight w in the same objective when
    w = 2 lambda / alpha, since the derivative of S'W(1 - S) is W1 - 2WS.
    """
    crf = regularized("crf", setting)
    if setting.on_voc:  # A given weight is of the normalized energy, as ADM's is.
        flags = {**crf.flags, "regularizer_weight": crf_weight(crf)}
        crf = Run("crf_normalized", "scribble", flags, PCE_PHASE1)
    adm = regularized("adm", setting).flags
    alpha = adm.get("regularizer_weight", REGULARIZERS["adm"].weight)
    flags = {
        **adm,
        "regularizer_weight": alpha,
        "adm_weight": 2 * crf_weight(crf) / alpha,
    }
    return {
        "pCE": PCE,
        GD: crf,
        ADM: Run("adm_tied_to_crf", "scribble", flags, PCE_PHASE1),
    }


def crf_weight(crf: Run) -> float:
    """Returns lambda, the weight of the CRF loss."""
    return crf.flags.get("regularizer_weight", REGULARIZERS["crf"].weight)


def report(study: Study) -> None:
    """Plots the curves and writes their last values."""
    by_title = runs_by_title(study.setting)
    panels = {
        title: {
            name: study.first.result(run).column(column)
            for name, run in by_title.items()
        }
        for column, title in CURVES.items()
    }
    visualization.panels_picture(panels, study.folder / "figure3.png")
    weight = crf_weight(by_title[GD])
    ends = {}
    for name, run in by_title.items():
        rows = {b.seed: last_row(b, run) for b in study.first_network}
        ends[name] = [
            {seed: value(row) for seed, row in rows.items()}
            for value in columns(weight).values()
        ]
    gd, adm = ends[GD], ends[ADM]
    lines = [
        difference("ADM ends at a higher energy on training images", adm[0], gd[0]),
        difference("ADM ends at a higher energy on validation images", adm[1], gd[1]),
        difference("ADM ends at a higher objective on training images", adm[2], gd[2]),
        difference("GD ends at a higher validation mIoU", gd[4], adm[4]),
    ]
    grid = Grid(
        "Figure 3: gradient descent and ADM at the last step",
        list(columns(weight)),
        ends,
        digits=dict.fromkeys(ends, 4),
        notes=[verdicts(lines), "The paper's Figure 3 has curves without numbers."],
    )
    study.write("figure3", grid)


def last_row(bench: Bench, run: Run) -> Mapping[str, float]:
    """Returns the history's row of the last epoch of a training.

    Raises:
        UserError: if the row or one of its values is missing.
    """
    result = bench.result(run)
    # Without a regularizer the loss is the partial cross-entropy itself.
    pce = "loss" if run == PCE else "scribble"
    row = {name: result.column(name)[-1] for name in (*CURVES, pce)}
    if missing := [name for name, value in row.items() if value is None]:
        raise UserError(
            f"{result.last.parent / 'history.csv'} lacks {', '.join(missing)} of the "
            "last epoch, so it is damaged. Delete its folder and give the same command "
            "to train it again."
        )
    return row | {"pce": row[pce]}


def columns(weight: float) -> dict[str, Callable[[Mapping[str, float]], float]]:
    """Returns, by the title of a column, its value from a row of a history."""
    return {
        "energy, train": lambda row: row["crf_energy"],
        "energy, val": lambda row: row["val_crf_energy"],
        f"pCE + {weight:g} energy, train": lambda row: (
            row["pce"] + weight * row["crf_energy"]
        ),
        "mIoU (%), scribbles": lambda row: 100 * row["scribble_miou"],
        "mIoU (%), val": lambda row: 100 * row["val_miou"],
    }


FIGURE3 = Experiment(lambda setting: list(runs_by_title(setting).values()), report)
