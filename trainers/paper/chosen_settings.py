"""Settings of regularizers that were chosen for a set of images by validation.

They were chosen with `python -m trainers.tune --regularizer=NAME
--regularizer_weights=...`, which scores on a quarter of the training images that it
holds out; seed 0. docs/reproduce.md has the scores. `trainers.tune` writes a file of
the same form for other images.
"""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..crf_options import CRFNumbers
from ..errors import UserError
from ..methods.regularizer_options import RegularizerOptions
from ..methods.regularizers import REGULARIZERS
from ..options import Given, flags_of
from .options import CRFS

FILE = "chosen.json"
CLICKS = "_clicks"
"""Ending of a regularizer's name for settings that were chosen on clicks."""

Chosen = Mapping[str, Mapping[str, float]]
"""Name of a regularizer -> flag -> value."""

SYNTHETIC = {
    "crf": {"regularizer_weight": 10.0},
    "kernelcut": {"regularizer_weight": 10.0, "gamma": 0.03},
    "adm": {"regularizer_weight": 3.0},
    "kernelcut_clicks": {"regularizer_weight": 10.0},
}
"""Settings for the generated images; regularizers that are not named keep their
defaults. With clicks a larger weight of the normalized cut helps."""
CAMOUFLAGED = {"adm": {"regularizer_weight": 0.3}}
"""Settings for camouflaged images. The default weight of "crf" is the best there."""


def usual_settings(given: Given) -> Chosen:
    """Returns the settings for the images of the flags; {} where none were chosen."""
    if given.get("dataset", "synthetic") != "synthetic":
        return {}
    return CAMOUFLAGED if given.get("synthetic_camouflage") else SYNTHETIC


def read_settings(paths: Sequence[str]) -> dict[str, Any]:
    """Reads files that `trainers.tune` wrote; later ones win.

    Raises:
        UserError: if a file is missing or is not of that form.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        file = pathlib.Path(path)
        if file.is_dir():
            file = file / FILE
        if not file.is_file():
            raise UserError(
                f"--chosen must be {FILE} of trainers.tune. Not found: {file}"
            )
        try:
            settings = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"--chosen={file} is not JSON: {error}") from error
        check_settings(settings, file)
        merged |= settings
    return merged


def check_settings(settings: Any, file: pathlib.Path) -> None:
    """Raises UserError unless settings are of the form `{name: {flag: number}}`."""
    tuned = [*REGULARIZERS, *CRFS]
    names = [*tuned, *(name + CLICKS for name in tuned)]
    flags = [*flags_of(RegularizerOptions), *flags_of(CRFNumbers)]
    right = isinstance(settings, dict) and all(
        name in names
        and isinstance(values, dict)
        and all(f in flags and isinstance(v, int | float) for f, v in values.items())
        for name, values in settings.items()
    )
    if not right:
        raise UserError(
            f'--chosen={file} must hold {{"NAME": {{"FLAG": NUMBER}}}}, NAME one of '
            f"{', '.join(names)}. Received: {str(settings)[:200]}"
        )
