"""The trainings that several tables and figures compare."""

from collections.abc import Mapping
from typing import Any

from .. import defaults
from ..methods.regularizers import NONE
from .runs import Run
from .study import Setting

PCE_PHASE1 = Run("pce_phase1", "scribble", {"regularizer": NONE})
PCE = Run("pce", "scribble", {"regularizer": NONE}, PCE_PHASE1, goes_on=True)
FULL = Run("full", "full", {"regularizer": NONE})
GRABCUT = Run("grabcut", "full", {"regularizer": NONE, "proposals": "grabcut"})


def crf_as_rnn(chosen: Mapping[str, float]) -> Run:
    """Returns the training of a dense CRF with the network, after pCE alone."""
    flags = {"regularizer": NONE, "crf_as_rnn": True, **chosen}
    return Run("crf_as_rnn", "scribble", flags, PCE_PHASE1)


def regularized(
    name: str, setting: Setting, usual: Mapping[str, Any] | None = None
) -> Run:
    """Returns the training on scribbles with a regularizer, after pCE alone.

    Args:
        name: the regularizer.
        setting: the setting, whose chosen flags go before `usual`.
        usual: flags that differ from the defaults of `trainers.scribble`.
    """
    flags = {"regularizer": name, **(usual or {}), **setting.chosen_for(name)}
    return Run(name, "scribble", flags, PCE_PHASE1)


def by_loss(setting: Setting) -> Mapping[str, Run]:
    """Returns the trainings of Table 1, by the titles of pictures."""
    return {
        "pCE": PCE,
        "+ NC": regularized("ncut", setting),
        "+ CRF": regularized("crf", setting),
        "+ KC": regularized("kernelcut", setting),
        "full": FULL,
    }


def phase2_epochs(setting: Setting) -> int | None:
    """Returns the epochs of phase 2; None for those of a published training."""
    if setting.on_voc:
        return None
    usual = defaults.for_weights(setting.given.get("weights"))["phase2_epochs"]
    return setting.given.get("phase2_epochs", usual)


ROUNDS = 3
"""Number of times that ScribbleSup makes proposals and trains on them."""


def scribblesup(
    suffix: str = "",
    flags: Mapping[str, Any] | None = None,
    epochs: int | None = None,
) -> Run:
    """Returns the last round of ScribbleSup: graph cuts and training, in turn.

    The first proposals are made from the scribbles alone, later ones with the network's
    probabilities as well. The rounds after the first share the epochs of phase 2, so
    that all methods take the same number of steps.

    Args:
        suffix: ending of the names of the folders.
        flags: flags of all rounds, such as the length of the scribbles.
        epochs: epochs of phase 2 of the other methods, which the later rounds share;
            None: each round has those of its training.
    """
    shared = {"regularizer": NONE, "proposals": "scribblesup", **(flags or {})}
    keys = [f"scribblesup_round{number}" for number in range(1, ROUNDS)]
    first, *later = (key + suffix for key in (*keys, "scribblesup"))
    run = Run(first, "full", shared | {"phase2_epochs": 0})
    share = {} if epochs is None else {"phase2_epochs": max(epochs // len(later), 1)}
    for key in later:
        run = Run(key, "full", shared | share, run, uses={"proposals_from": (run, "")})
    return run
