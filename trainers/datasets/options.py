"""Options that say which images to use."""

import dataclasses

from .. import defaults
from ..errors import UserError
from ..options import Given, build, flags_of, option

SYNTHETIC, FOLDER, VOC, TFDS = "synthetic", "folder", "voc2012_scribble", "tfds"


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """Images and masks, for trainings and for scores."""

    dataset: str = option(
        SYNTHETIC,
        "`synthetic`: images generated from a seed, nothing to download. `folder`: "
        "your own images in --data_dir. `voc2012_scribble`: PASCAL VOC 2012 with "
        "scribbles, its files in --data_dir. `tfds`: --tfds_name of TensorFlow "
        "Datasets.",
        choices=(SYNTHETIC, FOLDER, VOC, TFDS),
    )
    data_dir: str | None = option(
        None,
        "Folder with images/, scribbles/ and labels/ (optional), or with train/ and "
        "val/ of that shape; images/ and tags.csv for training from tags. For "
        "voc2012_scribble the folder with JPEGImages/ and so on. For tfds its folder, "
        "where that is not the usual one.",
    )
    val_data_dir: str | None = option(
        None,
        "Folder with images/ and labels/ to validate on. Default: val/ beside train/ "
        "in --data_dir.",
    )
    image_scale: float = option(
        1.0,
        "Factor by which the images of a folder are resized for the network. Scores "
        "are always at the original size.",
        at_least=0.01,
        at_most=4.0,
    )
    class_names: tuple[str, ...] | None = option(
        None,
        "Names of the classes of a folder or of --tfds_mask, separated by commas, in "
        "the order of ids.",
    )
    num_classes: int | None = option(
        None,
        "Number of classes of a folder. Default: from --class_names or the files.",
        at_least=2,
        at_most=255,
    )
    val_fraction: float | None = option(
        None,
        "Share of the training images with masks to validate on, which are then not "
        "trained on; a given share replaces the validation images, as for choosing "
        "settings. Programs that only evaluate score on it. Default: "
        f"{defaults.VAL_FRACTION:g} where there is no validation set.",
        at_least=0,
        at_most=0.9,
    )
    tfds_name: str | None = option(
        None,
        "Data set of --dataset=tfds, such as oxford_iiit_pet. It is downloaded if TFDS "
        "can do that.",
    )
    tfds_split: str = option(
        "train", "Split of --tfds_name to train on, such as train[:90%]."
    )
    tfds_val_split: str | None = option(
        None,
        "Split of --tfds_name to validate on. Default: held out of --tfds_split; "
        "programs that only evaluate take all of --tfds_split.",
    )
    tfds_mask: str | None = option(
        None,
        "Feature with the masks of a data set that is not known, where 255 means no "
        "label; needs --class_names.",
    )
    binary: bool = option(False, "Makes every class but the first one class, `object`.")
    synthetic_images: int = option(
        defaults.SYNTHETIC_IMAGES,
        "Training images that --dataset=synthetic generates.",
        at_least=1,
    )
    synthetic_val_images: int = option(
        defaults.SYNTHETIC_VAL_IMAGES,
        "Validation images that --dataset=synthetic generates.",
        at_least=1,
    )
    synthetic_size: int = option(
        defaults.SYNTHETIC_SIZE,
        "Height and width of the generated images in pixels.",
        at_least=32,
    )
    synthetic_camouflage: bool = option(
        False,
        "Gives landscapes and figures patches in one another's colours, so that "
        "colour tells little.",
    )
    data_seed: int = option(0, "Seed of the generated images and of the split.")

    @classmethod
    def of(cls, given: Given) -> "DataOptions":
        """Reads the options out of what the user gave.

        Raises:
            UserError: if an option has no effect with the data set.
        """
        options = build(cls, given)
        defaults_of = {f: field.default for f, field in flags_of(cls).items()}
        for name, datasets in _ONLY_WITH.items():
            if name not in defaults_of or options.dataset in datasets:
                continue
            if getattr(options, name) != defaults_of[name]:
                raise UserError(f"--{name} needs --dataset={' or '.join(datasets)}.")
        return options


@dataclasses.dataclass(frozen=True)
class TrainingDataOptions(DataOptions):
    """Images and masks, and the scribbles of a training."""

    length_ratio: float | None = option(
        None,
        "Part of the scribbles' length to keep about their middle: 1 for whole "
        "scribbles, 0 for clicks. Without scribbles, simulates them from the masks "
        "of the training images. Default: scribbles as they are.",
        at_least=0,
        at_most=1,
    )
    points: str | None = option(
        None,
        "JSON file of What's the Point, whose points are trained on in the place of "
        "scribbles.",
    )
    background_points: str | None = option(
        None, "JSON file of the same form with points on background."
    )


SCRIBBLE_FLAGS = ("length_ratio", "points", "background_points")
"""Flags that only trainings on scribbles have."""

_ONLY_WITH = {
    "data_dir": (FOLDER, VOC, TFDS),
    "val_data_dir": (FOLDER,),
    "class_names": (FOLDER, TFDS),
    "num_classes": (FOLDER,),
    "image_scale": (FOLDER,),
    "tfds_name": (TFDS,),
    "tfds_split": (TFDS,),
    "tfds_val_split": (TFDS,),
    "tfds_mask": (TFDS,),
    "points": (FOLDER, VOC, TFDS),
    "background_points": (FOLDER, VOC, TFDS),
    "synthetic_images": (SYNTHETIC,),
    "synthetic_val_images": (SYNTHETIC,),
    "synthetic_size": (SYNTHETIC,),
    "synthetic_camouflage": (SYNTHETIC,),
}
"""Data sets with which a flag has an effect."""
