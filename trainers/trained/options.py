"""Options of the programs that use a trained segmenter."""

import dataclasses
import pathlib

from .. import defaults
from ..errors import UserError
from ..options import Given, build, option


@dataclasses.dataclass(frozen=True)
class ScoringOptions:
    """Which segmenter is scored, and over which versions of an image."""

    checkpoint: str | None = option(
        None,
        "What to score: the folder of a run (its last.keras is meant), a .keras file, "
        "or an exported SavedModel.",
        required=True,
    )
    scales: tuple[float, ...] = option(
        (1.0,),
        "Sizes of the image whose predictions are averaged, as 0.75,1,1.25. The paper "
        "uses 1 alone.",
        at_most=8,
    )
    stretch_to: tuple[int, int] | None = option(
        None,
        "Height and width that every image is resized to for the network, whatever its "
        "shape, or one number for both: 321 for SEC's. Scores are at the masks' size. "
        "Default: the image's own size.",
    )
    flip: bool = option(
        False, "Averages the prediction of the mirrored image in. Not in the paper."
    )


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """Which segmenter is exported."""

    checkpoint: str | None = option(
        None,
        "What to export: the folder of a run (its last.keras is meant) or a .keras "
        "file.",
        required=True,
    )
    class_names: tuple[str, ...] | None = option(
        None,
        "Names of the classes, separated by commas. Default: those of the run.",
    )
    custom_ops: bool = option(
        False,
        "Allows the ops of this package in the model; their library has to be loaded "
        "before it. --crf implies it.",
    )


@dataclasses.dataclass(frozen=True)
class LabellingOptions:
    """Which photographs are labelled, by which segmenter."""

    saved_model: str | None = option(
        None, "Folder of a SavedModel that trainers.export wrote.", required=True
    )
    input_dir: str | None = option(
        None,
        "Folder of images, PNG, JPEG or another kind that Pillow reads. Folders in it "
        "are not looked into.",
        required=True,
    )
    max_side: int = option(
        defaults.PHOTOGRAPH_SIDE,
        "Photographs with a longer side, in pixels, are reduced to it for the network. "
        "Masks have the size of the photograph.",
        at_least=16,
    )
    alpha: float = option(
        defaults.OVERLAY_ALPHA,
        "How opaque the colours of the overlays are.",
        at_least=0,
        at_most=1,
    )


@dataclasses.dataclass(frozen=True)
class GradientOptions:
    """Whose gradients are drawn, and on which photograph."""

    image: str | None = option(None, "The photograph.", required=True)
    checkpoint: str | None = option(
        None,
        "Network whose output is the segmentation: the folder of a run, a .keras file "
        "or an exported SavedModel.",
    )
    scribble: str | None = option(
        None,
        "PNG of class ids, 255 = none, of the photograph's size. Without --checkpoint "
        "it is spread out to be the segmentation; with it, it is only shown.",
    )
    output: str = option("runs/gradient_maps.png", "Picture to write.")
    max_side: int = option(
        defaults.FIGURE_SIDE,
        "Photographs with a longer side, in pixels, are reduced to it.",
        at_least=16,
    )
    max_classes: int = option(
        defaults.FIGURE_CLASSES,
        "How many classes are shown, those with the largest share of the segmentation.",
        at_least=1,
    )
    sigma_xy: float | None = option(
        None,
        "Bandwidth in pixels of the reduced photograph. Default: as large a part of "
        "its width as in the paper.",
        at_least=0.1,
    )
    sigma_rgb: float = option(
        defaults.SIGMA_RGB, "Bandwidth in intensities of 0 to 255.", at_least=0.1
    )
    gamma: float = option(
        defaults.GAMMA,
        "Weight of the normalized cut within kernel cut.",
        at_least=0,
    )

    @classmethod
    def of(cls, given: Given) -> "GradientOptions":
        """Reads the options out of what the user gave.

        Raises:
            UserError: if the picture has no suffix of a picture.
        """
        options = build(cls, given)
        if pathlib.Path(options.output).suffix.lower() not in SUFFIXES:
            raise UserError(
                f"--output must end in .png or .jpg. Received: {options.output}"
            )
        return options


SUFFIXES = (".png", ".jpg", ".jpeg")
