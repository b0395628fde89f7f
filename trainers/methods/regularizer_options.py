"""Options of the regularizers, and the refusal of those without effect."""

import dataclasses
from typing import Any

from .. import defaults
from ..errors import UserError
from ..options import Given, as_flags, build, flags_of, option, refuse
from .published import Published, published_options
from .regularizers import NONE, REGULARIZERS, Regularizer

_WEIGHTS = ", ".join(f"{r.weight:g} for {name}" for name, r in REGULARIZERS.items())
_HELP = " ".join(f"{name}: {r.help}." for name, r in REGULARIZERS.items())


@dataclasses.dataclass(frozen=True)
class RegularizerOptions:
    """The regularizer, its weight and its affinity.

    None stands for a value that `resolve` derives from the table and the crops.
    """

    regularizer: str = option(
        defaults.REGULARIZER,
        f"Loss on all pixels. {_HELP}",
        choices=(NONE, *REGULARIZERS),
    )
    regularizer_weight: float | None = option(
        None,
        "Weight of the regularizer against cross-entropy. Default with scribbles and "
        f"with full masks: {_WEIGHTS}.",
        at_least=0,
    )
    sigma_xy: float | None = option(
        None,
        "Bandwidth of the affinity in pixels of the crop. Default: "
        f"{defaults.SIGMA_XY:g} for a crop of {defaults.CROP_WIDTH:g} pixels, and in "
        f"proportion; for constrain {defaults.SEC_SIGMA_XY:.3g} for "
        f"{defaults.SEC_CROP_WIDTH:g} pixels.",
        at_least=1e-3,
    )
    sigma_rgb: float | None = option(
        None,
        "Bandwidth of the affinity in intensities 0..255. Default: "
        f"{defaults.SIGMA_RGB:g}; for constrain {defaults.SEC_SIGMA_RGB:g}.",
        at_least=1e-3,
    )
    gamma: float = option(
        defaults.GAMMA, "Weight of the normalized cut within kernelcut.", at_least=0
    )
    min_share: float = option(
        defaults.MIN_SHARE,
        "A class that holds a smaller share of an image than this has no term in the "
        "normalized cut; 0 is eq. 5 as written, which rewards inventing absent "
        "classes.",
        at_least=0,
        at_most=1,
    )
    normalization: str = option(
        "affinity",
        "Scale of the CRF energy. affinity: the energy is divided by the sum of all "
        "affinities and lies between 0 and 1. none: the raw energy, which needs "
        "--regularizer_weight; published weights are 1e-8 and 2e-9.",
        choices=("affinity", "none"),
    )
    relaxation: str = option(
        "bilinear",
        "Relaxation of the Potts model: bilinear (eq. 4) or quadratic (eq. 3).",
        choices=("bilinear", "quadratic"),
    )
    affinity: str = option(
        "gaussian",
        "Pairs of pixels that the regularizer compares. gaussian: all pairs (dense). "
        "grid4, grid8: each pixel and its 4 or 8 nearest neighbours (sparse).",
        choices=("gaussian", "grid4", "grid8"),
    )
    equalized: bool = option(
        False,
        "Filters the gaussian affinity on an equalized lattice, which comes closer to "
        "the exact sum.",
    )
    loss_scale: float = option(
        1.0,
        "Fraction of the crop's size at which the regularizer is computed.",
        at_least=0.01,
        at_most=1,
    )
    cut_sigma_xy: float | None = option(
        None,
        "Bandwidth in pixels of the normalized cut within kernelcut. Default: "
        "--sigma_xy.",
        at_least=1e-3,
    )
    cut_sigma_rgb: float | None = option(
        None,
        "Bandwidth in intensities of the normalized cut within kernelcut. Default: "
        "--sigma_rgb.",
        at_least=1e-3,
    )
    adm_weight: float = option(
        defaults.ADM_WEIGHT,
        "Weight of the dense CRF against the network's output in the proposals of adm.",
        at_least=0,
    )
    spatial_sigma_xy: float | None = option(
        None,
        "Bandwidth in pixels of the kernel of constrain that ignores colour. Default: "
        f"{defaults.SEC_SPATIAL_SIGMA_XY:g} for a crop of "
        f"{defaults.SEC_CROP_WIDTH:g} pixels, and in proportion.",
        at_least=1e-3,
    )
    constrain_stride: int = option(
        defaults.TAG_STRIDE,
        "constrain reads every n-th row and column of the image; this is n.",
        at_least=1,
    )
    log_crf_energy: bool = option(
        False,
        "Logs the dense CRF energy of the training batches and of the validation "
        "images, whatever is minimized.",
    )

    def __post_init__(self):
        raw = self.normalization == "none" and self.applies("normalization")
        if raw and self.regularizer_weight is None:
            raise UserError(
                "--normalization=none needs --regularizer_weight: the raw energy grows "
                "with the number of pixels. Published weights are 1e-8 for crops of "
                "321 pixels and 2e-9 for 513."
            )
        if self.equalized and self.affinity != "gaussian":
            raise UserError(
                "--equalized filters the gaussian affinity and has no effect with "
                f"--affinity={self.affinity}."
            )

    @classmethod
    def layered(
        cls, given: Given, published: Published | None, **usual: Any
    ) -> "RegularizerOptions":
        """Returns the options; given flags go before published and usual ones.

        Raises:
            UserError: if the raw energy has no weight, or options contradict each
                other.
        """
        layer = published_options(published, usual | dict(given))
        return build(cls, usual, layer, given)

    @property
    def row(self) -> Regularizer | None:
        """The row of the table; None for "none"."""
        return REGULARIZERS.get(self.regularizer)

    def applies(self, name: str) -> bool:
        """Returns whether an option has an effect with this regularizer."""
        return self.row is not None and name in self.row.options

    def alone(self) -> "RegularizerOptions":
        """Returns the options of a phase without a regularizer."""
        return dataclasses.replace(self, regularizer=NONE, regularizer_weight=None)

    def resolve(self, crop_width: int) -> "RegularizerOptions":
        """Returns the options with weight and bandwidths filled in.

        Args:
            crop_width: width of the training crops in pixels.
        """
        row = self.row
        usual = row or REGULARIZERS["crf"]  # for the energy that may be logged
        weight = row.weight if row else 0.0
        spatial = defaults.SEC_SPATIAL_SIGMA_XY * crop_width / defaults.SEC_CROP_WIDTH
        values = {
            "regularizer_weight": weight,
            "sigma_xy": usual.sigma_xy * crop_width / usual.crop_width,
            "sigma_rgb": usual.sigma_rgb,
            "spatial_sigma_xy": spatial,
        }
        missing = {n: v for n, v in values.items() if getattr(self, n) is None}
        return dataclasses.replace(self, **missing)

    @property
    def loss_arguments(self) -> dict[str, Any]:
        """Arguments of the loss class, for resolved options."""
        named = {arg: getattr(self, name) for name, arg in self.row.options.items()}
        return {**named, **self.row.fixed}

    @property
    def described(self) -> dict[str, Any]:
        """The options that have an effect, by the name of their flag."""
        values = as_flags(self)
        names = ["regularizer"]
        if self.row is not None:
            names += ["regularizer_weight", *self.row.options]
        return {name: values[name] for name in names}


ENERGY_OPTIONS = ("sigma_xy", "sigma_rgb", "equalized")
"""Options that --log_crf_energy makes use of, whatever is minimized."""


def usual_regularizer(given: Given) -> str:
    """Returns the default of --regularizer for what the user gave."""
    if given.get("crf_as_rnn"):
        return NONE
    return "crf" if given.get("recipe") else defaults.REGULARIZER


def idle_options(given: Given, names: tuple[str, ...]) -> dict[str, str]:
    """Returns the given options that have no effect, each with the reason.

    Args:
        given: flag -> value, as the user gave them.
        names: the regularizers that act.
    """
    rows = [REGULARIZERS[name] for name in names if name in REGULARIZERS]
    chosen = f"with --regularizer={names[0]}"
    if len(names) > 1:  # the methods of a comparison
        chosen = f"with --methods={','.join(names)}"
    used = {"regularizer", "log_crf_energy"}
    used |= set(ENERGY_OPTIONS if given.get("log_crf_energy") else ())
    idle = {}
    for flag in flags_of(RegularizerOptions):
        able = [n for n, r in REGULARIZERS.items() if flag in r.options]
        acts = rows and (not able or any(flag in row.options for row in rows))
        if flag in given and flag not in used and not acts:
            idle[flag] = f"{chosen}; it acts with {', '.join(able or REGULARIZERS)}"
    if not rows and "ramp_epochs" in given:
        idle["ramp_epochs"] = f"{chosen}: it ramps the weight of a regularizer"
    return idle


def refuse_idle(given: Given, names: tuple[str, ...]) -> None:
    """Refuses options that have no effect with the regularizers that act.

    Raises:
        UserError: for the first such option.
    """
    refuse(idle_options(given, names))
