"""Options of the programs that use a trained segmenter."""

import dataclasses
import pathlib

from .. import defaults
from ..errors import UserError
from ..options import option
from .shards import Shard

VALIDATION, TRAINING = "validation", "training"


@dataclasses.dataclass(frozen=True)
class LoadingOptions:
    """Code that a network needs."""

    modules: tuple[str, ...] | None = option(
        None,
        "Python modules to import first, separated by commas: those with the layers of "
        "a network of your own.",
    )


@dataclasses.dataclass(frozen=True)
class ShardOptions:
    """The part of the images that this process works on."""

    shard: str | None = option(
        None,
        "Works on a part of the images, such as 3/16, the third of sixteen: a job for "
        "each part, in any order or at once. Default: all images.",
    )

    @property
    def part(self) -> Shard | None:
        """The part; None for all images.

        Raises:
            UserError: if the flag is not of the right form.
        """
        return None if self.shard is None else Shard.parse(self.shard)


@dataclasses.dataclass(frozen=True)
class ScoringOptions(ShardOptions, LoadingOptions):
    """The segmenter to score, and the versions of an image to average over."""

    checkpoint: str | None = option(
        None,
        "Network to score: the folder of a run, whose last.keras is taken, a .keras "
        "file, or an exported SavedModel.",
        required=True,
    )
    scales: tuple[float, ...] = option(
        (1.0,),
        "Scales of the image whose predictions are averaged, such as 0.75,1,1.25. The "
        "paper uses 1 alone.",
        at_most=8,
    )
    stretch_to: tuple[int, int] | None = option(
        None,
        "Height and width in pixels that every image is resized to for the network, "
        "whatever its shape, or one number for both; 321 for a network that was "
        "trained with --recipe=sec_largefov. Scores are at the masks' size. Default: "
        "the image's own size.",
    )
    flip: bool = option(
        False,
        "Averages predictions over the image and its mirror image, which the paper "
        "does not.",
    )
    on: str = option(
        VALIDATION,
        "Images to score on: those that a training with the same flags validates on, "
        "or those that it trains on.",
        choices=(VALIDATION, TRAINING),
    )
    trimap_width: int | None = option(
        None,
        "Also scores the pixels within this many pixels of a border between two "
        "classes, which tells how well outlines are met.",
        at_least=1,
    )
    fill_void: bool = option(
        False,
        "Also scores with masks without void: pixels of 255 get the class of the "
        "nearest pixel that has one.",
    )


@dataclasses.dataclass(frozen=True)
class ExportOptions(LoadingOptions):
    """The segmenter to export."""

    checkpoint: str | None = option(
        None,
        "Network to export: the folder of a run, whose last.keras is taken, or a "
        ".keras file.",
        required=True,
    )
    class_names: tuple[str, ...] | None = option(
        None,
        "Names of the classes, separated by commas. Default: those of the run.",
    )
    format: tuple[str, ...] = option(
        ("savedmodel",),
        "Formats to write, separated by commas: savedmodel, onnx (model.onnx; needs "
        'pip install "tf_rloss[onnx]") and litert (model.tflite, once TensorFlow '
        "Lite). The last two take images and return probabilities.",
    )
    custom_ops: bool = option(
        False,
        "Allows ops of this package in the model. Their library then has to be loaded "
        "before the model. --crf implies it.",
    )


@dataclasses.dataclass(frozen=True)
class LabellingOptions(ShardOptions, LoadingOptions):
    """The photographs to label, and the segmenter."""

    saved_model: str | None = option(
        None,
        "Network to label with: a SavedModel that trainers.export wrote, or the folder "
        "of a run.",
        required=True,
    )
    input_dir: str | None = option(
        None,
        "Folder of images: PNG, JPEG or another kind that Pillow reads. Folders inside "
        "it are left out.",
        required=True,
    )
    scribbles: str | None = option(
        None,
        "Folder of scribbles, PNG files with the names of the images. The masks keep "
        "what is drawn in them; with --crf it counts for the pixels around it, too.",
    )
    max_side: int = option(
        defaults.PHOTOGRAPH_SIDE,
        "Photographs that are larger for the network, in pixels of their longer side, "
        "are reduced to it. Masks have the size of the photograph.",
        at_least=16,
    )
    alpha: float = option(
        defaults.OVERLAY_ALPHA,
        "Opacity of the colours on the overlays, from 0 to 1.",
        at_least=0,
        at_most=1,
    )


@dataclasses.dataclass(frozen=True)
class GradientOptions:
    """The photograph, the segmentation and the kernel of the gradients."""

    image: str | None = option(None, "Photograph to draw on.", required=True)
    checkpoint: str | None = option(
        None,
        "Network whose output is the segmentation: the folder of a run, a .keras file "
        "or an exported SavedModel.",
    )
    scribble: str | None = option(
        None,
        "PNG of class ids (255: no label) of the photograph's size. Without "
        "--checkpoint the segmentation is this scribble, spread out; with it, the "
        "scribble is only shown.",
    )
    output: str = option("runs/gradient_maps.png", "Picture to write.")
    max_side: int = option(
        defaults.FIGURE_SIDE,
        "Photographs with a longer side, in pixels, are reduced to it.",
        at_least=16,
    )
    max_classes: int = option(
        defaults.FIGURE_CLASSES,
        "Number of classes to show: those with the largest shares of the segmentation.",
        at_least=1,
    )
    sigma_xy: float | None = option(
        None,
        "Bandwidth in pixels of the reduced photograph. Default: the same part of its "
        f"width as {defaults.SIGMA_XY:g} of {defaults.CROP_WIDTH:g} pixels.",
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

    def __post_init__(self):
        if pathlib.Path(self.output).suffix.lower() not in SUFFIXES:
            raise UserError(
                f"--output must end in .png or .jpg. Received: {self.output}"
            )


SUFFIXES = (".png", ".jpg", ".jpeg")
