"""The programs that experiments run, by name: their bodies and their options."""

import dataclasses
from collections.abc import Callable
from typing import Any

from ..crf_options import CRFOptions, TrainedCRFOptions
from ..datasets.options import SCRIBBLE_FLAGS, DataOptions, TrainingDataOptions
from ..engine.config import RunConfig
from ..methods import masks, scribbles, tags, unlabelled
from ..methods.proposal_options import ProposalOptions
from ..methods.published import RecipeOptions, TagRecipeOptions
from ..methods.regularizer_options import RegularizerOptions, idle_options
from ..methods.tag_options import CueOptions, TagLossOptions, idle_flags
from ..methods.unlabelled_options import UnlabelledOptions
from ..options import Given, flags_of
from ..trained import scoring
from ..trained.options import ScoringOptions


@dataclasses.dataclass(frozen=True)
class Program:
    """A program that an experiment can run.

    Attributes:
        body: function that does the program's work with the flags that were given.
        options: the dataclasses whose fields are its flags.
        phases: phases whose flags it has.
        without: flags of the dataclasses that it does not have.
    """

    body: Callable[[Given], Any]
    options: tuple[type, ...]
    phases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def takes(self, given: Given) -> dict[str, Any]:
        """Returns those of some flags that the program has and that have an effect."""
        known = set()
        for options in self.options:
            known |= set(flags_of(options))
            for phase in self.phases:
                known |= set(flags_of(options, phase))
        known -= set(self.without)
        taken = {name: value for name, value in given.items() if name in known}
        idle = self.idle(taken)
        return {name: value for name, value in taken.items() if name not in idle}

    def idle(self, given: Given) -> set[str]:
        """Returns the flags that have no effect with the others."""
        idle = set()
        if RegularizerOptions in self.options:
            idle |= set(idle_options(given, (given["regularizer"],)))
        if TagLossOptions in self.options:
            idle |= set(idle_flags(given))
        masks_alone = ProposalOptions in self.options and "proposals" not in given
        if masks_alone or UnlabelledOptions in self.options:
            idle |= set(SCRIBBLE_FLAGS)
        return idle


_SHARED = (TrainingDataOptions, RegularizerOptions, RunConfig, RecipeOptions)


def _two_phases(body: Callable[[Given], Any], own: type) -> Program:
    """Returns a program of two phases with options of its own."""
    return Program(body, (*_SHARED, own), ("phase1", "phase2"), without=("stretch",))


PROGRAMS = {
    "scribble": _two_phases(scribbles.train, TrainedCRFOptions),
    "full": _two_phases(masks.train, ProposalOptions),
    "semi_supervised": _two_phases(unlabelled.train, UnlabelledOptions),
    "tag": Program(
        tags.train,
        (TrainingDataOptions, TagLossOptions, CueOptions, RunConfig, TagRecipeOptions),
        ("classifier", "segmenter"),
        (*SCRIBBLE_FLAGS, "init_from"),
    ),
    "evaluate": Program(
        scoring.evaluate,
        (DataOptions, ScoringOptions, CRFOptions),
        # In a training these are about its augmentation.
        without=("flip", "scales"),
    ),
}
"""Programs by their name in `trainers`."""
