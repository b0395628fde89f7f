"""Options of a training from image tags: its three losses, and its cues."""

import dataclasses
from typing import Any

from .. import defaults
from ..errors import UserError
from ..options import Given, as_flags, build, option, refuse
from .published import LABEL_STRIDE, Published
from .regularizer_options import RegularizerOptions
from .regularizers import NONE

CAM = "cam"
BOUNDARIES = (NONE, "crf", "constrain", "constrain_no_backprop")
"""Third losses: regularizers by the names of their table."""


@dataclasses.dataclass(frozen=True)
class TagLossOptions:
    """The losses of SEC, whose third one the paper replaces by the dense CRF loss."""

    boundary: str = option(
        defaults.BOUNDARY,
        "The third loss, which moves borders to where colours change. crf: the dense "
        "CRF loss. constrain: SEC's divergence from the output of a dense CRF, with "
        "the gradient through its mean field. constrain_no_backprop: the same without "
        "that gradient.",
        choices=BOUNDARIES,
    )
    seed_weight: float = option(
        1.0, "Weight of the seeding loss, on the cues.", at_least=0
    )
    expand_weight: float = option(
        1.0, "Weight of the expansion loss, on the tags.", at_least=0
    )
    boundary_weight: float | None = option(
        None,
        "Weight of the third loss. Default: 1; for crf with --recipe 1e-8, times the "
        "raw energy.",
        at_least=0,
    )
    sigma_xy: float | None = option(
        None,
        "Bandwidth of the third loss in pixels of the crop. Default: for crf "
        f"{defaults.SIGMA_XY:g} at a width of {defaults.CROP_WIDTH:g}, for the others "
        f"{defaults.SEC_SIGMA_XY:.3g} at {defaults.SEC_CROP_WIDTH:g}, and in "
        "proportion.",
        at_least=1e-3,
    )
    sigma_color: float | None = option(
        None,
        "Bandwidth of the third loss in intensities 0..255. Default: for crf "
        f"{defaults.SIGMA_COLOR:g}, for the others {defaults.SEC_SIGMA_COLOR:g}.",
        at_least=1e-3,
    )
    stride: int | None = option(
        None,
        "SEC's losses read every n-th row and column of the image; this is n. Default: "
        f"{defaults.TAG_STRIDE}; with --recipe {LABEL_STRIDE}.",
        at_least=1,
    )

    @classmethod
    def of(cls, given: Given, published: Published | None) -> "TagLossOptions":
        """Reads the options; with a published training SEC's stride is the default.

        Raises:
            UserError: if nothing is left to minimize.
        """
        usual = {} if published is None else {"stride": LABEL_STRIDE}
        options = build(cls, {"stride": defaults.TAG_STRIDE}, usual, given)
        weights = [options.seed_weight, options.expand_weight]
        if options.boundary != NONE:
            weights.append(options.boundary_weight)
        if not any(weight != 0.0 for weight in weights):
            raise UserError(
                "One of --seed_weight, --expand_weight and --boundary_weight (with "
                "--boundary) must be above 0."
            )
        return options

    def third(self, published: Published | None, crop_width: int) -> RegularizerOptions:
        """Returns the third loss as a regularizer, resolved.

        With a published training the CRF loss without a given weight is the raw energy
        with the published weight and bandwidth.

        Args:
            published: the training, or None.
            crop_width: width of the training crops in pixels.
        """
        raw = self.boundary == "crf" and self.boundary_weight is None
        values: dict[str, Any] = {}
        if raw and published is not None:
            values = {
                "normalization": "none",
                "regularizer_weight": published.crf_weight,
                "sigma_xy": published.sigma_xy,
            }
        given = {
            "regularizer_weight": self.boundary_weight,
            "sigma_xy": self.sigma_xy,
            "sigma_color": self.sigma_color,
        }
        values |= {name: value for name, value in given.items() if value is not None}
        return RegularizerOptions(
            regularizer=self.boundary, constrain_stride=self.stride, **values
        ).resolve(crop_width)

    def described(self, third: RegularizerOptions) -> dict[str, Any]:
        """Returns the options by their flags, with the numbers of the third loss."""
        resolved = {}
        if self.boundary != NONE:
            resolved = {
                "boundary_weight": third.regularizer_weight,
                "sigma_xy": third.sigma_xy,
                "sigma_color": third.sigma_color,
            }
        return as_flags(self) | resolved


@dataclasses.dataclass(frozen=True)
class CueOptions:
    """Localization cues: from a classifier that is trained first, or from a file."""

    cues: str = option(
        CAM,
        "Source of the cues, the cells whose class is taken as known. `cam`: the "
        "activation maps of a classifier that is trained first. Or a file: SEC's "
        "localization_cues.pickle.gz, or cues.npz of another run of trainers.tag.",
    )
    cues_list: str | None = option(
        None, "SEC's input_list.txt, which numbers the images of its cues."
    )
    foreground_share: float = option(
        defaults.FOREGROUND_SHARE,
        "For cam: cells above this share of the largest activation are cues of a "
        "class.",
        at_least=0,
        at_most=1,
    )
    background_share: float = option(
        defaults.BACKGROUND_SHARE,
        "For cam: share of the cells, those with the least activation, that are cues "
        "of the background.",
        at_least=0,
        at_most=1,
    )
    cam_scale: float = option(
        defaults.CAM_SCALE,
        "For cam: zoom of the images whose activation maps are taken.",
        at_least=0.1,
        at_most=8,
    )

    @property
    def cam_settings(self) -> dict[str, float]:
        """The numbers with which cues are found in activation maps."""
        return {name: getattr(self, name) for name in CAM_FLAGS}


CAM_FLAGS = ("foreground_share", "background_share", "cam_scale")


def idle_flags(given: Given) -> dict[str, str]:
    """Returns the given flags that have no effect, each with the reason.

    They are settings of a loss or a classifier that the training does not have.
    """
    idle = {}
    if given.get("boundary") == NONE:
        third = ("boundary_weight", "sigma_xy", "sigma_color", "ramp_epochs")
        idle |= dict.fromkeys(third, f"with --boundary={NONE}")
    if given.get("cues", CAM) != CAM:
        cam = [f for f in given if f in CAM_FLAGS or f.startswith("classifier_")]
        idle |= dict.fromkeys(cam, f"without --cues={CAM}")
    return {flag: reason for flag, reason in idle.items() if flag in given}


def refuse_idle(given: Given) -> None:
    """Refuses flags that have no effect.

    Raises:
        UserError: for the first such flag.
    """
    refuse(idle_flags(given))
