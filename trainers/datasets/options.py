"""Options that choose the images of a training or a score."""

import dataclasses

from .. import defaults
from ..errors import UserError
from ..options import flags_of, option

SYNTHETIC, FOLDER, VOC, TFDS = "synthetic", "folder", "voc2012_scribble", "tfds"


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """Images and masks of a training or a score."""

    dataset: str = option(
        SYNTHETIC,
        "`synthetic`: images that are generated from a seed, so that nothing has to be "
        "downloaded. `folder`: your own images in --data_dir. `voc2012_scribble`: "
        "PASCAL VOC 2012 with scribbles, whose files are in --data_dir. `tfds`: the "
        "data set --tfds_name of TensorFlow Datasets (TFDS).",
        choices=(SYNTHETIC, FOLDER, VOC, TFDS),
    )
    data_dir: str | None = option(
        None,
        "Folder of the data set; docs/data.md describes the files. folder: it holds "
        "images/, scribbles/ and, optionally, labels/, or else train/ and val/ with "
        "these; for training from tags it holds images/ and tags.csv. "
        "voc2012_scribble: it holds JPEGImages/ and the other folders of PASCAL VOC. "
        "tfds: the folder of TFDS, if not the usual one.",
    )
    val_data_dir: str | None = option(
        None,
        "Folder with images/ and labels/ to validate on. Default: val/ beside train/ "
        "in --data_dir.",
    )
    image_scale: float = option(
        1.0,
        "Factor by which the images of a folder are resized for the network. It "
        "belongs to the run: scores, exports and predictions use it without being "
        "told. They are always at the original size. Default: 1 for a training, and "
        "the scale of its training for a network that is scored.",
        at_least=0.01,
        at_most=4.0,
    )
    ignore_id: tuple[int, ...] | None = option(
        None,
        "Ids in the label maps of a folder that mark pixels without a label, beside "
        "255, such as 0,4. They belong to the run, as the scale does.",
    )
    channels: int | None = option(
        None,
        "Number of channels of the images in a folder, 1 for grey images, for images "
        "that are not 8-bit RGB. They may then have 16 bits, and be TIFF files. "
        "--value_range or --percentiles say which values become 0 and 255, in which "
        "networks and bandwidths of colours count. All of this belongs to the run, as "
        "the scale does.",
        at_least=1,
        at_most=6,
    )
    value_range: tuple[float, ...] | None = option(
        None,
        "Values in the files that become 0 and 255, such as 0,4095, or a pair for each "
        "channel, one after the other. Default: the whole range of their type.",
        signed=True,
    )
    percentiles: tuple[float, float] | None = option(
        None,
        "Percentiles of the values of each channel in all images, such as 1,99, that "
        "become 0 and 255, in place of --value_range.",
        signed=True,
    )
    rgb_channels: tuple[int, ...] | None = option(
        None,
        "Three channels, from 0, that pictures show as red, green and blue. Default: "
        "the first three; of fewer, the first as grey.",
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
        "Share of the training images with masks that is held out to validate on; 0 "
        "turns validation off. If it is given, the held-out images replace the "
        "validation set, and trainers.evaluate scores on them. Default: "
        f"{defaults.VAL_FRACTION:g} where there is no validation set.",
        at_least=0,
        at_most=0.9,
    )
    tfds_name: str | None = option(
        None,
        "Name of the data set of --dataset=tfds, such as oxford_iiit_pet. It is "
        "downloaded if TFDS can do that.",
    )
    tfds_split: str = option(
        "train", "Split of --tfds_name to train on, such as train[:90%]."
    )
    tfds_val_split: str | None = option(
        None,
        "Split of --tfds_name to validate on. Default: a part that is held out of "
        "--tfds_split; trainers.evaluate scores on all of --tfds_split.",
    )
    tfds_mask: str | None = option(
        None,
        "Feature that holds the masks (255: no label), for a data set whose features "
        "this package does not know; needs --class_names.",
    )
    binary: bool = option(
        False, "Merges all classes but the first into one class, `object`."
    )
    synthetic_images: int = option(
        defaults.SYNTHETIC_IMAGES,
        "Number of training images that --dataset=synthetic generates.",
        at_least=1,
    )
    synthetic_val_images: int = option(
        defaults.SYNTHETIC_VAL_IMAGES,
        "Number of validation images that --dataset=synthetic generates.",
        at_least=1,
    )
    synthetic_size: int = option(
        defaults.SYNTHETIC_SIZE,
        "Height and width of the generated images in pixels.",
        at_least=32,
    )
    synthetic_camouflage: bool = option(
        False,
        "Paints patches of the figures' colours on the landscapes and the reverse, so "
        "that colour tells little.",
    )
    data_seed: int = option(
        0,
        "Seed of the generated images and of the choice of held-out and of labelled "
        "images.",
    )

    def __post_init__(self):
        usual = {flag: field.default for flag, field in flags_of(type(self)).items()}
        for name, datasets in ONLY_WITH.items():
            if name not in usual or self.dataset in datasets:
                continue
            if getattr(self, name) != usual[name]:
                raise UserError(f"--{name} needs --dataset={' or '.join(datasets)}.")
        self._check_form()

    def _check_form(self) -> None:
        """Refuses flags of the form of images that do not fit together."""
        given = [n for n in FORM_FLAGS if getattr(self, n) is not None]
        if given and self.channels is None:
            raise UserError(f"--{given[0]} needs --channels.")
        if self.percentiles is None:
            return
        if self.value_range is not None:
            raise UserError("--percentiles takes the place of --value_range; give one.")
        first, last = self.percentiles
        if not 0.0 <= first < last <= 100.0:
            raise UserError(
                "--percentiles must be two numbers from 0 to 100, the smaller first. "
                f"Received: --percentiles={first:g},{last:g}"
            )


@dataclasses.dataclass(frozen=True)
class TrainingDataOptions(DataOptions):
    """Images, masks and scribbles of a training."""

    length_ratio: float | None = option(
        None,
        "Part of each scribble's length to keep, about its middle: 1 for whole "
        "scribbles, 0 for clicks. Where there are no scribbles, they are simulated "
        "from the masks of the training images. Default: the scribbles as they are.",
        at_least=0,
        at_most=1,
    )
    points: str | None = option(
        None,
        "JSON file in the form of What's the Point (Bearman et al., 2016); its points "
        "replace the scribbles.",
    )
    background_points: str | None = option(
        None, "JSON file in the same form with points on the background."
    )


FORM_FLAGS = ("channels", "value_range", "percentiles", "rgb_channels")
"""Flags of the form of images that are not 8-bit RGB."""
CHECKED = ("data_dir", "val_data_dir", "class_names", "num_classes", "ignore_id")
CHECKED += FORM_FLAGS
"""Flags of the program that only checks a folder."""
SCRIBBLE_FLAGS = ("length_ratio", "points", "background_points")
"""Flags that only trainings on scribbles have."""

ONLY_WITH = {
    "data_dir": (FOLDER, VOC, TFDS),
    "val_data_dir": (FOLDER,),
    "class_names": (FOLDER, TFDS),
    "num_classes": (FOLDER,),
    "image_scale": (FOLDER,),
    "ignore_id": (FOLDER,),
    "channels": (FOLDER,),
    "value_range": (FOLDER,),
    "percentiles": (FOLDER,),
    "rgb_channels": (FOLDER,),
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
"""Flag -> the data sets with which it has an effect."""
