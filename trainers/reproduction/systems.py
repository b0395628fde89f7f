"""The systems that the paper compares: what to train, on what, from which weights."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import defaults
from ..crf_settings import VOC_SIDE, scale_bandwidths
from ..recipe import Recipe
from ..recipes import Regularizer, published_recipe, scribble_recipe
from ..trained_crf import append_crf

if TYPE_CHECKING:
    from tf_rloss import data

    from .lab import Lab


def _own_sources(lab: "Lab") -> "tuple[data.Source, data.Source]":
    return lab.source, lab.val


@dataclasses.dataclass(frozen=True, eq=False)
class System:
    """One training.

    Attributes:
        key: name of its folder.
        recipe: from a lab and the width of the crops to what is minimized.
        after: the training whose weights it starts from.
        phase: "phase1" or "phase2": which flags set its length and learning rates.
        sources: from a lab to the images to train on and those to validate on.
        fields: from a lab to fields of `RunConfig` that the flags do not set.
        goes_on: whether it does what `after` did for as long again as other systems
            train with a regularizer, so that all take the same number of steps. With
            the settings of a published training it is left out, as in the paper.
    """

    key: str
    recipe: "Callable[[Lab, int], Recipe]"
    after: "System | None" = None
    phase: str = "phase1"
    sources: "Callable[[Lab], tuple[data.Source, data.Source]]" = _own_sources
    fields: "Callable[[Lab], dict[str, Any]]" = lambda lab: {}
    goes_on: bool = False

    def second_phase(self, key: str) -> "System":
        """The system that goes on with the same losses."""
        return dataclasses.replace(
            self, key=key, after=self, phase="phase2", goes_on=True
        )


def recipe_of(
    name: str,
    labels: str = "scribble",
    change: Callable[[Regularizer], Regularizer] = lambda regularizer: regularizer,
    scribbles: str = "",
) -> "Callable[[Lab, int], Recipe]":
    """Cross-entropy on `labels` and a regularizer, for `System`.

    Args:
        name: of the regularizer; its settings are those of the flags.
        labels: "scribble" or "mask".
        change: sets what shall differ from the flags.
        scribbles: as `Lab.regularizer` takes it.
    """

    def recipe(lab: "Lab", crop_width: int) -> Recipe:
        regularizer = change(lab.regularizer(name, scribbles))
        if lab.published is None:
            return scribble_recipe(regularizer, crop_width, labels)
        return published_recipe(lab.published, regularizer, crop_width, labels)

    return recipe


PCE_PHASE1 = System("pce_phase1", recipe_of("none"))
PCE = PCE_PHASE1.second_phase("pce")
FULL_PHASE1 = System("full_phase1", recipe_of("none", "mask"))
FULL = FULL_PHASE1.second_phase("full")


def regularized(name: str, after: System = PCE_PHASE1, scribbles: str = "") -> System:
    """Scribbles with a regularizer, from the weights of partial cross-entropy."""
    key = name + after.key.removeprefix(PCE_PHASE1.key)
    recipe = recipe_of(name, scribbles=scribbles)
    return System(key, recipe, after, "phase2", sources=after.sources)


NCUT, CRF, KERNELCUT = map(regularized, ("ncut", "crf", "kernelcut"))
ADM = regularized("adm")


def _with_trained_crf(lab: "Lab", crop_width: int) -> Recipe:
    """Partial cross-entropy behind a dense CRF that is trained with the network."""
    plain = recipe_of("none")(lab, crop_width)
    config = lab.config(CRF_AS_RNN).resolve(lab.source)
    settings = scale_bandwidths(
        defaults.CRF_AS_RNN, VOC_SIDE, max(config.crop_size), None
    )
    return append_crf(plain, config, settings, defaults.CRF_LR_MULTIPLIER)


CRF_AS_RNN = System("crf_as_rnn", _with_trained_crf, PCE_PHASE1, "phase2")

SYSTEMS = {system.key: system for system in (PCE, NCUT, CRF, KERNELCUT, FULL)}
"""Those that differ by their losses alone, by the names of `comparison.NAMES`."""
