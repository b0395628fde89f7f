"""The regularizers: one table from which flags, help, captions and refusals derive.

To add a regularizer, write its loss in `tf_rloss.losses`, export it there, and add a
row here. Options that no other regularizer has are fields of `RegularizerOptions`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from .. import defaults

NONE = "none"

_KERNEL = {"sigma_xy": "sigma_xy", "sigma_color": "sigma_color"}
_AFFINITY = _KERNEL | {
    "affinity": "affinity",
    "equalized": "equalized",
    "loss_scale": "scale",
}
_POTTS = {"normalization": "normalization", "relaxation": "relaxation"}
# The targets of batches have the region of interest after the colours.
_REGION = {"region_channel": True}
_BOUNDARY = _KERNEL | {
    "spatial_sigma_xy": "spatial_sigma_xy",
    "constrain_stride": "stride",
    "loss_scale": "scale",
}


@dataclasses.dataclass(frozen=True)
class Regularizer:
    """A row of the table.

    Attributes:
        loss: name of the class in `tf_rloss.losses`.
        help: one sentence for `--regularizer`.
        caption: name of the method in tables, after "pCE + ".
        title: name of the method in pictures.
        options: field of `RegularizerOptions` -> argument of the class, for the options
            that have an effect with it.
        fixed: further arguments of the class.
        weight: usual weight against partial cross-entropy.
        sigma_xy: usual bandwidth in pixels, for crops that are `crop_width` wide.
        crop_width: width of those crops in pixels.
        sigma_color: usual bandwidth in intensities 0..255.
        target: target of the loss: "image", or "scribbled_image" for a loss that
            reads the scribbles, too.
        in_comparison: whether `trainers.compare` has a row for it by default.
    """

    loss: str
    help: str
    caption: str
    title: str
    options: Mapping[str, str]
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weight: float = 1.0
    sigma_xy: float = defaults.SIGMA_XY
    crop_width: float = defaults.CROP_WIDTH
    sigma_color: float = defaults.SIGMA_COLOR
    target: str = "image"
    in_comparison: bool = False


def _constrain(backpropagate: bool) -> Regularizer:
    """Returns the row of SEC's loss, with or without the gradient of mean field."""
    what = "with" if backpropagate else "without"
    return Regularizer(
        loss="ConstrainToBoundaryLoss",
        help=f"SEC's divergence from the output of a dense CRF, {what} the gradient "
        "through its mean field",
        caption="constrain to boundary"
        + ("" if backpropagate else ", no back-propagation"),
        title="+ constrain" + ("" if backpropagate else ", no bp"),
        options=_BOUNDARY,
        fixed=_REGION | {"backpropagate": backpropagate},
        sigma_xy=defaults.SEC_SIGMA_XY,
        crop_width=defaults.SEC_CROP_WIDTH,
        sigma_color=defaults.SEC_SIGMA_COLOR,
    )


REGULARIZERS = {
    "ncut": Regularizer(
        loss="NormalizedCutLoss",
        help="normalized cut",
        caption="normalized cut",
        title="+ NC",
        options=_AFFINITY | {"min_share": "min_share"},
        fixed=_REGION,
        weight=0.3,
        in_comparison=True,
    ),
    "crf": Regularizer(
        loss="DenseCRFLoss",
        help="dense CRF",
        caption="dense CRF",
        title="+ CRF",
        options=_AFFINITY | _POTTS,
        fixed=_REGION,
        in_comparison=True,
    ),
    "kernelcut": Regularizer(
        loss="KernelCutLoss",
        help="kernel cut, the dense CRF plus gamma times the normalized cut",
        caption="kernel cut",
        title="+ KC",
        options=_AFFINITY
        | _POTTS
        | {
            "gamma": "gamma",
            "min_share": "min_share",
            "cut_sigma_xy": "cut_sigma_xy",
            "cut_sigma_color": "cut_sigma_color",
        },
        fixed=_REGION,
        in_comparison=True,
    ),
    "adm": Regularizer(
        loss="DenseCRFADMLoss",
        help="DenseCRF-ADM, the dense CRF by proposals in place of gradients",
        caption="DenseCRF-ADM",
        title="+ ADM",
        options=_KERNEL | {"adm_weight": "bilateral_weight", "loss_scale": "scale"},
        # The energy that "crf" minimizes has one kernel, over position and colour.
        fixed=_REGION | {"label_channel": True, "spatial_weight": 0.0},
        target="scribbled_image",
    ),
    "constrain": _constrain(True),
    "constrain_no_backprop": _constrain(False),
}
"""Name -> regularizer, in the order of tables."""
