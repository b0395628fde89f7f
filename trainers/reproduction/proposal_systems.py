"""Systems that train on proposals, full masks guessed from scribbles (Table 2)."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from tf_rloss import data, evaluation, proposals

from ..image_progress import ImageProgress
from .lab import Lab
from .systems import FULL, FULL_PHASE1, System

ROUNDS = 3
"""How often ScribbleSup makes proposals and trains on them, as its authors did."""


def _with_proposals(
    lab: Lab,
    system_key: str,
    source: data.Source,
    propose: Callable[..., np.ndarray],
    network: System | None = None,
) -> tuple[data.Source, data.Source]:
    """The training images with proposals as masks, and those to validate on."""
    predict = None
    if network is not None:
        predict = evaluation.make_predict(lab.trained(network).segmenter)
    proposed = proposals.with_proposals(source, propose, predict)
    if not lab.finished(system_key):
        progress = ImageProgress(len(source), "proposals made")
        proposals.make_proposals(proposed, lambda done, total: progress.advance())
        progress.finish()
    return proposed, lab.val


GRABCUT_PHASE1 = dataclasses.replace(
    FULL_PHASE1,
    key="grabcut_phase1",
    sources=lambda lab: _with_proposals(
        lab, "grabcut_phase1", lab.source, proposals.grabcut
    ),
)
GRABCUT = dataclasses.replace(
    FULL,
    key="grabcut",
    after=GRABCUT_PHASE1,
    sources=lambda lab: _with_proposals(lab, "grabcut", lab.source, proposals.grabcut),
)
"""GrabCut once, then training as if its masks were true."""


def scribblesup(
    suffix: str = "", scribbles: Callable[[Lab], data.Source] = lambda lab: lab.source
) -> System:
    """ScribbleSup: graph cuts on superpixels and training, in turn.

    The first proposals are made from the scribbles alone, later ones with the
    network's probabilities as well. The rounds after the first share the steps of
    phase 2, so that all systems take the same number.

    Args:
        suffix: of the names of the folders.
        scribbles: from a lab to the training images.
    """

    def sources(key: str, network: System | None, lab: Lab):
        return _with_proposals(lab, key, scribbles(lab), proposals.scribblesup, network)

    def fields(lab: Lab) -> dict[str, int]:
        usual = lab.config(FULL).epochs
        return {"epochs": max(usual // (ROUNDS - 1), 1)}

    system = None
    for number in range(1, ROUNDS + 1):
        last = number == ROUNDS
        key = f"scribblesup{'' if last else f'_round{number}'}{suffix}"
        made = functools.partial(sources, key, system)
        if system is None:
            system = dataclasses.replace(FULL_PHASE1, key=key, sources=made)
        else:
            system = System(
                key, system.recipe, system, "phase2", sources=made, fields=fields
            )
    return system


SCRIBBLESUP = scribblesup()
