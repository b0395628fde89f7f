"""Options of the programs that do many runs: compare, tune and reproduce."""

import dataclasses

from .. import defaults
from ..errors import UserError
from ..methods.regularizers import REGULARIZERS
from ..options import Given, build, option

PCE, FULL = "pce", "full"
METHODS = (PCE, *REGULARIZERS, FULL)
"""Rows of a comparison, in the order of the table."""
USUAL_METHODS = (PCE, *(n for n, r in REGULARIZERS.items() if r.in_comparison), FULL)
TABLES = FIGURES = ("1", "2", "3", "4", "5")


@dataclasses.dataclass(frozen=True)
class SeedOptions:
    """The seeds of an experiment."""

    seeds: tuple[int, ...] = option((0,), "Seeds to train with.")


@dataclasses.dataclass(frozen=True)
class CompareOptions(SeedOptions):
    """Which methods are compared, with which seeds."""

    methods: tuple[str, ...] = option(
        USUAL_METHODS, f"Rows of the table, some of {', '.join(METHODS)}."
    )

    @classmethod
    def of(cls, given: Given) -> "CompareOptions":
        """Reads the options; methods come in the order of the table, seeds once.

        Raises:
            UserError: for an unknown method.
        """
        options = build(cls, given)
        unknown = [name for name in options.methods if name not in METHODS]
        if unknown:
            raise UserError(
                f"--methods must be some of {', '.join(METHODS)}. "
                f"Received: {', '.join(options.methods)}"
            )
        ordered = tuple(name for name in METHODS if name in options.methods)
        seeds = tuple(dict.fromkeys(options.seeds))
        return dataclasses.replace(options, methods=ordered, seeds=seeds)


@dataclasses.dataclass(frozen=True)
class TuneOptions(SeedOptions):
    """Which values are tried."""

    regularizer: str = option(
        defaults.REGULARIZER,
        "Which regularizer.",
        choices=tuple(REGULARIZERS),
    )
    regularizer_weights: tuple[float, ...] | None = option(
        None, "Weights against partial cross-entropy to try. Default: the usual one."
    )
    sigma_xys: tuple[float, ...] | None = option(
        None, "Bandwidths in pixels of the crop to try. Default: the usual one."
    )
    sigma_rgbs: tuple[float, ...] | None = option(
        None, "Bandwidths in intensities 0..255 to try. Default: the usual one."
    )
    gammas: tuple[float, ...] | None = option(
        None,
        "Weights of the normalized cut within kernelcut to try. Default: the usual.",
    )
    held_out: float = option(
        defaults.HELD_OUT,
        "Share of the training images to score on.",
        at_least=0.01,
        at_most=0.9,
    )


@dataclasses.dataclass(frozen=True)
class ReproduceOptions(SeedOptions):
    """Which table or figure of the paper, and how."""

    table: str | None = option(None, "A table of the paper.", choices=TABLES)
    figure: str | None = option(None, "A figure of the paper.", choices=FIGURES)
    semi: bool = option(
        False,
        "The plot of section 4.5: some labelled images, many without labels.",
    )
    print: bool = option(
        False, "Prints the commands of all runs, to be typed or sent elsewhere."
    )
    quick: bool = option(
        False,
        "Tries everything on a few small images for an epoch each; scores mean "
        "nothing.",
    )
    networks: tuple[str, ...] | None = option(
        None,
        "Networks to train. Default: --model on images of your own and on generated "
        "ones; on PASCAL VOC those of the table in the paper, each with its own "
        "settings (see --recipe of trainers.scribble).",
    )
    chosen: tuple[str, ...] | None = option(
        None,
        "Files chosen.json that trainers.tune wrote for these images: weights and "
        "bandwidths of the regularizers. Default: the usual ones, or those chosen for "
        "the generated images.",
    )
