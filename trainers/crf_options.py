"""Options of a dense CRF: one that refines predictions, or one that is trained.

Published bandwidths are for PASCAL VOC's images; `--crf_sigma_scale` fits them to
images of another size, and each number has a flag of its own.
"""

import dataclasses
from collections.abc import Mapping

from . import defaults
from .errors import UserError
from .options import Given, build, flags_of, option

AUTO = "auto"
SYNTHETIC = "synthetic"
VOC_SIDE = 500
"""Longer side in pixels of the images that published bandwidths are for."""
BANDWIDTHS = ("sigma_xy", "spatial_sigma_xy")
"""Numbers that are scaled with the image."""
LEAST = 1e-3
"""Smallest bandwidth that a flag takes."""


@dataclasses.dataclass(frozen=True)
class CRFNumbers:
    """Numbers of a dense CRF that replace published ones."""

    crf_sigma_scale: str = option(
        AUTO,
        "Factor on the published bandwidths of position. auto: the longer side of the "
        "images over that of the images that the bandwidths were chosen for "
        f"({VOC_SIDE} px for PASCAL VOC).",
    )
    num_iterations: int | None = option(
        None,
        f"Mean-field iterations. Default: {defaults.CRF_ITERATIONS}.",
        flag="crf_iterations",
        at_least=0,
    )
    bilateral_weight: float | None = option(
        None,
        "Weight of the kernel that joins near pixels of similar colour. Default: the "
        "published one.",
        flag="crf_bilateral_weight",
        at_least=0,
    )
    sigma_xy: float | None = option(
        None,
        "Bandwidth of position of that kernel, in pixels. Default: the published one.",
        flag="crf_sigma_xy",
        at_least=LEAST,
    )
    sigma_color: float | None = option(
        None,
        "Bandwidth of colour of that kernel, in intensities 0..255. Default: the "
        "published one.",
        flag="crf_sigma_color",
        at_least=LEAST,
    )
    spatial_weight: float | None = option(
        None,
        "Weight of the kernel that joins near pixels of any colour. Default: the "
        "published one.",
        flag="crf_spatial_weight",
        at_least=0,
    )
    spatial_sigma_xy: float | None = option(
        None,
        "Bandwidth of position of the kernel for any colour, in pixels. Default: the "
        "published one.",
        flag="crf_spatial_sigma_xy",
        at_least=LEAST,
    )

    @property
    def sigma_scale(self) -> float | None:
        """The factor on bandwidths; None for "auto".

        Raises:
            UserError: if it is neither "auto" nor a number above 0.
        """
        text = self.crf_sigma_scale
        if text == AUTO:
            return None
        try:
            scale = float(text)
        except ValueError:
            scale = 0.0
        if not 0.0 < scale < float("inf"):
            raise UserError(
                f"--crf_sigma_scale must be `{AUTO}` or a number above 0. "
                f"Received: {text}"
            )
        return scale

    @property
    def given_numbers(self) -> dict[str, float]:
        """The numbers that a flag sets, by the argument of `layers.DenseCRF`."""
        names = [f.name for f in dataclasses.fields(CRFNumbers)][1:]
        return {n: getattr(self, n) for n in names if getattr(self, n) is not None}


@dataclasses.dataclass(frozen=True)
class CRFOptions(CRFNumbers):
    """Post-processing by a dense CRF."""

    crf: str | None = option(
        None,
        "Refines predictions by a dense CRF with the settings of this system: one of "
        "tf_rloss.layers.PUBLISHED_CRFS, such as deeplab_vgg16, or "
        f"`{SYNTHETIC}`, whose settings fit the generated images. Default: no CRF.",
    )

    @classmethod
    def of(cls, given: Given) -> "CRFOptions":
        """Reads the options out of what the user gave.

        Raises:
            UserError: if a number of the CRF is given and no CRF.
        """
        _refuse_without(cls, given, "crf")
        options = build(cls, given)
        _ = options.sigma_scale  # A mistake in it shows before any work is done.
        return options


@dataclasses.dataclass(frozen=True)
class TrainedCRFOptions(CRFNumbers):
    """CRF-as-RNN: a dense CRF that is trained with the network."""

    crf_as_rnn: bool = option(
        False,
        "Puts a dense CRF behind the network in phase 2 and trains both. --regularizer "
        "then defaults to none.",
    )
    crf_training_iterations: int = option(
        defaults.CRF_TRAINING_ITERATIONS,
        "Mean-field iterations in training. --crf_iterations is for predictions.",
        at_least=1,
    )
    crf_lr_multiplier: float = option(
        defaults.CRF_LR_MULTIPLIER,
        "Learning rate of the CRF's weights over that of the network; 0 leaves them as "
        "they start.",
        at_least=0,
    )

    @classmethod
    def of(cls, given: Given) -> "TrainedCRFOptions | None":
        """Reads the options out of what the user gave; None without a CRF.

        Raises:
            UserError: if a number of the CRF is given and no CRF.
        """
        if not given.get("crf_as_rnn"):
            _refuse_without(cls, given, "crf_as_rnn")
            return None
        options = build(cls, given)
        _ = options.sigma_scale  # A mistake in it shows before phase 1 is trained.
        return options

    def arguments(self, longer_side: int) -> dict[str, float]:
        """Returns the arguments of `layers.CRFAsRNN`.

        Args:
            longer_side: longer side of the training crops in pixels, to which
                bandwidths are fitted.
        """
        scaled = scale_bandwidths(
            defaults.CRF_AS_RNN, VOC_SIDE, longer_side, self.sigma_scale
        )
        iterations = {"training_iterations": self.crf_training_iterations}
        return scaled | iterations | self.given_numbers


def _refuse_without(options: type, given: Given, needed: str) -> None:
    """Raises UserError for a number of a CRF where there is no CRF."""
    if given.get(needed):
        return
    for flag in flags_of(options):
        if flag in given and flag != needed:
            raise UserError(f"--{flag} needs --{needed}.")


def scale_bandwidths(
    numbers: Mapping[str, float],
    reference: int,
    longer_side: int | None,
    sigma_scale: float | None,
) -> dict[str, float]:
    """Fits the bandwidths of position to the size of the images.

    Args:
        numbers: settings for images whose longer side is `reference` pixels.
        reference: longer side in pixels that the numbers are for.
        longer_side: longer side of the images at hand in pixels; None: not known.
        sigma_scale: factor to take in place of the ratio of the two sides.

    Raises:
        UserError: if there is neither a factor nor a size.
    """
    if sigma_scale is None:
        if longer_side is None:
            raise UserError(
                "--crf_sigma_scale must be a number where the size of the images is "
                f"not known: their longer side over {reference}."
            )
        sigma_scale = longer_side / reference
    scaled = {name: numbers[name] * sigma_scale for name in BANDWIDTHS}
    return {**numbers, **scaled}
