"""Settings of the dense CRF as plain data: published ones, scaled, and overrides.

`--crf=NAME` names a system whose post-processing to use, `--crf_sigma_scale` fits its
bandwidths to images of another size, and each number has a flag of its own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from absl import flags

from .defaults import (
    CRF_AS_RNN,
    CRF_ITERATIONS,
    CRF_LR_MULTIPLIER,
    SYNTHETIC_CRF,
    SYNTHETIC_SIZE,
)
from .errors import UserError

if TYPE_CHECKING:
    from tf_rloss.layers import DenseCRF

AUTO = "auto"
SYNTHETIC = "synthetic"
VOC_SIDE = 500
"""Longer side of PASCAL VOC's images in pixels, which published bandwidths are for."""

NUMBERS = {
    "num_iterations": "Mean-field iterations",
    "bilateral_weight": "Weight of near pixels of similar colour",
    "sigma_xy": "Bandwidth of position for those, in pixels of the image",
    "sigma_rgb": "Bandwidth of colour for those, in intensities 0..255",
    "spatial_weight": "Weight of near pixels of any colour",
    "spatial_sigma_xy": "Bandwidth of position for those, in pixels of the image",
}
"""Arguments of `layers.DenseCRF` that have a flag, `--crf_...`, and their help."""
BANDWIDTHS = ("sigma_xy", "spatial_sigma_xy")
"""Those that are scaled with the image."""
OTHERS = ("crf_sigma_scale", "crf_training_iterations", "crf_lr_multiplier")
"""Further flags that mean nothing without a CRF."""
LEAST = 1e-3
"""Smallest bandwidth that a flag takes."""


def flag_of(name: str) -> str:
    """The flag of one of `NUMBERS`."""
    return "crf_iterations" if name == "num_iterations" else f"crf_{name}"


def define_crf(flag_values: flags.FlagValues) -> None:
    """Post-processing by a dense CRF; `settings_from_flags` reads it."""
    flags.DEFINE_string(
        "crf",
        None,
        "Refines predictions with a dense CRF, with the settings of this system: one "
        f"of tf_rloss.layers.PUBLISHED_CRFS, or `{SYNTHETIC}`, which fits the "
        "generated images. Default: no CRF.",
        flag_values=flag_values,
    )
    define_numbers(flag_values, "--crf's")


def define_numbers(flag_values: flags.FlagValues, usual: str) -> None:
    """The single settings of a CRF.

    Args:
        flag_values: where to define the flags.
        usual: whose settings are the default, for the help.
    """
    flags.DEFINE_string(
        "crf_sigma_scale",
        AUTO,
        f"Factor on {usual} bandwidths of position. auto: the longer side of the "
        f"images over that of the images which they are for ({VOC_SIDE} px, PASCAL "
        "VOC's).",
        flag_values=flag_values,
    )
    for name, text in NUMBERS.items():
        kind = flags.DEFINE_integer if name == "num_iterations" else flags.DEFINE_float
        kind(
            flag_of(name),
            None,
            f"{text}. Default: {usual}.",
            lower_bound=LEAST if "sigma" in name else 0,
            flag_values=flag_values,
        )


def define_trained_crf(flag_values: flags.FlagValues) -> None:
    """The CRF that is trained; `trained_crf.trained_crf_settings` reads it."""
    own = {"flag_values": flag_values}
    flags.DEFINE_bool(
        "crf_as_rnn",
        False,
        "Puts a dense CRF behind the network for phase 2 and trains it, too. The "
        "default of --regularizer is none then.",
        **own,
    )
    define_numbers(flag_values, "the published network's")
    flags.DEFINE_integer(
        "crf_training_iterations",
        CRF_AS_RNN["training_iterations"],
        "Mean-field iterations in training; --crf_iterations is for predictions.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "crf_lr_multiplier",
        CRF_LR_MULTIPLIER,
        "Learning rate of the CRF's weights over that of the network; 0 leaves them as "
        "they start.",
        lower_bound=0,
        **own,
    )


def settings_from_flags(
    flag_values: flags.FlagValues, longer_side: int | None
) -> dict[str, Any] | None:
    """Reads the flags of `define_crf`; None without a CRF.

    Args:
        flag_values: parsed flags of a trainer.
        longer_side: of the images that will be refined, in pixels; None: not known.

    Raises:
        UserError: for an unknown name, settings without a CRF, or
            `--crf_sigma_scale=auto` where the size is not known.
    """
    if flag_values.crf is None:
        refuse_numbers(flag_values, "--crf")
        return None
    scale = parse_scale(flag_values.crf_sigma_scale)
    return crf_settings(flag_values.crf, longer_side, scale, **overrides(flag_values))


def refuse_numbers(flag_values: flags.FlagValues, needed: str) -> None:
    """Raises UserError for settings of a CRF where there is none."""
    for name in (*map(flag_of, NUMBERS), *OTHERS):
        if name in flag_values and flag_values[name].present:
            raise UserError(f"--{name} needs {needed}.")


def overrides(flag_values: flags.FlagValues) -> dict[str, float]:
    """The single settings that were given."""
    values = {name: flag_values[flag_of(name)].value for name in NUMBERS}
    return {name: value for name, value in values.items() if value is not None}


def parse_scale(text: str) -> float | None:
    """`--crf_sigma_scale` as a number; None for "auto".

    Raises:
        UserError: for anything else.
    """
    if text == AUTO:
        return None
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0.0 < scale < float("inf"):
        raise UserError(
            f"--crf_sigma_scale must be `{AUTO}` or a number above 0. Received: {text}"
        )
    return scale


def crf_settings(
    name: str,
    longer_side: int | None = None,
    sigma_scale: float | None = None,
    **numbers: float,
) -> dict[str, Any]:
    """Returns the settings of a dense CRF, as `make_crf` takes and JSON holds them.

    Args:
        name: one of `layers.PUBLISHED_CRFS`, or "synthetic".
        longer_side: of the images to refine, in pixels.
        sigma_scale: factor on the bandwidths of position; None: `longer_side` over
            that of the images the settings are for.
        **numbers: arguments of `layers.DenseCRF` to replace, as they are.

    Raises:
        UserError: for an unknown name, or if neither size nor scale is known.
    """
    from tf_rloss.layers import PUBLISHED_CRFS

    known = {SYNTHETIC: SYNTHETIC_CRF, **PUBLISHED_CRFS}
    if name not in known:
        raise UserError(f"--crf must be one of {', '.join(known)}. Received: {name}")
    reference = SYNTHETIC_SIZE if name == SYNTHETIC else VOC_SIDE
    usual = {"num_iterations": CRF_ITERATIONS, **known[name]}
    scaled = scale_bandwidths(usual, reference, longer_side, sigma_scale)
    return {"crf": name, **scaled, **numbers}


def scale_bandwidths(
    numbers: Mapping[str, float],
    reference: int,
    longer_side: int | None,
    sigma_scale: float | None,
) -> dict[str, float]:
    """Fits the bandwidths of position to the size of the images.

    Args:
        numbers: settings for images whose longer side is `reference` pixels.
        reference: see there.
        longer_side: of the images at hand.
        sigma_scale: factor to take in place of the ratio of the two.

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


def make_crf(settings: Mapping[str, Any]) -> "DenseCRF":
    """Builds the layer from what `crf_settings` returned, or a file has kept of it."""
    from tf_rloss.layers import DenseCRF

    return DenseCRF(**{k: v for k, v in settings.items() if k != "crf"})
