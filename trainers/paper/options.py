"""Options of the programs that do many runs: compare, tune and reproduce."""

import dataclasses

from .. import defaults
from ..errors import UserError
from ..methods.regularizers import REGULARIZERS
from ..options import option

PCE, FULL = "pce", "full"
METHODS = (PCE, *REGULARIZERS, FULL)
"""Rows of a comparison, in the order of the table."""
USUAL_METHODS = (PCE, *(n for n, r in REGULARIZERS.items() if r.in_comparison), FULL)
CRFS = CRF_AS_RNN, POST_PROCESSING = "crf_as_rnn", "post_processing"
"""What `trainers.tune` tunes beside regularizers: the dense CRFs of Table 4."""
TABLES = FIGURES = ("1", "2", "3", "4", "5")


@dataclasses.dataclass(frozen=True)
class SeedOptions:
    """The seeds of an experiment."""

    seeds: tuple[int, ...] = option(
        (0,), "Seeds to train with, separated by commas: each trains everything once."
    )


@dataclasses.dataclass(frozen=True)
class CompareOptions(SeedOptions):
    """The methods in the order of the table, and the seeds, each of them once."""

    methods: tuple[str, ...] = option(
        USUAL_METHODS,
        f"Methods to compare, separated by commas, some of {', '.join(METHODS)}.",
    )

    def __post_init__(self):
        if not set(self.methods) <= set(METHODS):
            raise UserError(
                f"--methods must be some of {', '.join(METHODS)}. "
                f"Received: {', '.join(self.methods)}"
            )
        ordered = tuple(name for name in METHODS if name in self.methods)
        object.__setattr__(self, "methods", ordered)
        object.__setattr__(self, "seeds", tuple(dict.fromkeys(self.seeds)))


@dataclasses.dataclass(frozen=True)
class TuneOptions(SeedOptions):
    """The values to try."""

    regularizer: str = option(
        defaults.REGULARIZER,
        "Regularizer whose settings are tried; or crf_as_rnn, the dense CRF that is "
        "trained with the network; or post_processing, a dense CRF after the network "
        "of partial cross-entropy. For these two, weights are those of the kernel that "
        "sees colours, and bandwidths are in pixels of the image.",
        choices=(*REGULARIZERS, CRF_AS_RNN, POST_PROCESSING),
    )
    regularizer_weights: tuple[float, ...] | None = option(
        None,
        "Weights against partial cross-entropy to try, separated by commas. Default: "
        "that of trainers.scribble.",
    )
    sigma_xys: tuple[float, ...] | None = option(
        None,
        "Bandwidths in pixels of the crop to try. Default: that of trainers.scribble.",
    )
    sigma_rgbs: tuple[float, ...] | None = option(
        None,
        "Bandwidths in intensities 0..255 to try. Default: that of trainers.scribble.",
    )
    gammas: tuple[float, ...] | None = option(
        None,
        "Weights of the normalized cut within kernelcut to try. Default: that of "
        "trainers.scribble.",
    )
    held_out: float = option(
        defaults.HELD_OUT,
        "Share of the training images that is held out and scored on.",
        at_least=0.01,
        at_most=0.9,
    )


@dataclasses.dataclass(frozen=True)
class ReproduceOptions(SeedOptions):
    """The table or figure of the paper, and the way to make it."""

    table: str | None = option(
        None, "Number of the table of the paper to make.", choices=TABLES
    )
    figure: str | None = option(
        None, "Number of the figure of the paper to make.", choices=FIGURES
    )
    semi: bool = option(
        False,
        "Makes the plot of section 4.5: a part of the images is labelled.",
    )
    print: bool = option(
        False,
        "Prints the commands of all runs in their order, and runs none of them.",
    )
    quick: bool = option(
        False,
        "Tries everything in a minute or two, on a few small images for an epoch each. "
        "The scores mean nothing.",
    )
    networks: tuple[str, ...] | None = option(
        None,
        "Networks to train, separated by commas: names of --recipe (trainers.scribble, "
        "trainers.tag) or of --model. Default: that of --model; on PASCAL VOC the "
        "networks of the table in the paper, each trained as by its --recipe.",
    )
    clicks: str | None = option(
        None,
        "JSON file of people's clicks, in the form of What's the Point (Bearman et "
        "al., 2016): a further column of Figure 5, on which its verdicts rest.",
    )
    labelled_counts: tuple[int, ...] | None = option(
        None,
        "Numbers of labelled images for --semi, separated by commas, such as "
        "25,50,100. Default: shares of the training images; on PASCAL VOC the paper's "
        "numbers.",
    )
    unlabelled_dir: str | None = option(
        None, "Folder of further images without labels, for --semi."
    )
    chosen: tuple[str, ...] | None = option(
        None,
        "Files chosen.json that trainers.tune wrote for these images, separated by "
        "commas, or their folders: settings of the regularizers. Default: those of "
        "trainers.scribble; on generated images those of "
        "trainers/paper/chosen_settings.py.",
    )

    def __post_init__(self):
        if self.clicks and self.figure != "5":
            raise UserError("--clicks needs --figure=5.")
        for flag in ("labelled_counts", "unlabelled_dir"):
            if getattr(self, flag) is not None and not self.semi:
                raise UserError(f"--{flag} needs --semi.")
