"""Settings of post-processing by a dense CRF as plain data, and their layer."""

from collections.abc import Mapping
from typing import Any

from tf_rloss.layers import PUBLISHED_CRFS, DenseCRF

from .. import defaults
from ..crf_options import SYNTHETIC, VOC_SIDE, CRFOptions, scale_bandwidths
from ..errors import UserError


def crf_settings(options: CRFOptions, longer_side: int | None) -> dict[str, Any] | None:
    """Returns settings as `make_crf` takes and JSON holds them; None without a CRF.

    Args:
        options: options of the CRF.
        longer_side: longer side of the images to refine in pixels; None: not known.

    Raises:
        UserError: for an unknown name, or if neither size nor scale is known.
    """
    if options.crf is None:
        return None
    known = {SYNTHETIC: defaults.SYNTHETIC_CRF, **PUBLISHED_CRFS}
    if options.crf not in known:
        raise UserError(
            f"--crf must be one of {', '.join(known)}. Received: {options.crf}"
        )
    reference = defaults.SYNTHETIC_SIZE if options.crf == SYNTHETIC else VOC_SIDE
    usual = {"num_iterations": defaults.CRF_ITERATIONS, **known[options.crf]}
    scaled = scale_bandwidths(usual, reference, longer_side, options.sigma_scale)
    return {"crf": options.crf, **scaled, **options.given_numbers}


def make_crf(settings: Mapping[str, Any]) -> DenseCRF:
    """Builds the layer from settings of `crf_settings`, perhaps read from a file."""
    return DenseCRF(**{k: v for k, v in settings.items() if k != "crf"})
