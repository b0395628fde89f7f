"""Flags that several trainers share, each defined once.

Every trainer owns an `absl.flags.FlagValues` and adds to it the groups it needs, so a
flag that a trainer would not use is refused instead of ignored, and trainers can be
imported side by side:

    FLAGS = flags.FlagValues()
    common_flags.define_data(FLAGS)
    flags.DEFINE_string("saved_model", None, "...", flag_values=FLAGS)

    def main(argv): ...

    def run() -> None:
        common_flags.run_app(main, FLAGS)
"""

from absl import flags

from . import defaults
from .application import run_app
from .errors import UserError
from .regularizer_flags import (
    define_regularizer,
    define_regularizer_settings,
    refuse_idle_settings,
)
from .training_flags import (
    define_init_from,
    define_phase,
    define_single_run,
    define_training,
)

__all__ = [
    "UserError",
    "define_data",
    "define_init_from",
    "define_output",
    "define_phase",
    "define_regularizer",
    "define_regularizer_settings",
    "define_single_run",
    "define_training",
    "define_training_data",
    "refuse_idle_settings",
    "run_app",
]

SYNTHETIC = "synthetic"
FOLDER = "folder"
VOC = "voc2012_scribble"
TFDS = "tfds"


def define_data(flag_values: flags.FlagValues) -> None:
    """Which images to use; `sources.train_source` and `sources.val_source` read it."""
    own = {"flag_values": flag_values}
    flags.DEFINE_enum(
        "dataset",
        SYNTHETIC,
        [SYNTHETIC, FOLDER, VOC, TFDS],
        "`synthetic`: images generated from a seed, nothing to download. `folder`: "
        "your own images in --data_dir. `voc2012_scribble`: PASCAL VOC 2012 with "
        "scribbles, its files in --data_dir. `tfds`: --tfds_name of TensorFlow "
        "Datasets.",
        **own,
    )
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder with images/, scribbles/ and labels/ (optional), or with train/ and "
        "val/ of that shape; images/ and tags.csv for training from tags. Of "
        "voc2012_scribble: the folder with JPEGImages/ and so on. Of tfds: its folder, "
        "where that is not the usual one.",
        **own,
    )
    flags.DEFINE_string(
        "val_data_dir",
        None,
        "Folder with images/ and labels/ to validate on. Default: val/ beside train/ "
        "in --data_dir.",
        **own,
    )
    flags.DEFINE_float(
        "image_scale",
        1.0,
        "Factor by which the images of a folder are resized for the network. Scores "
        "are always at the original size.",
        lower_bound=0.01,
        upper_bound=4.0,
        **own,
    )
    flags.DEFINE_list(
        "class_names",
        None,
        "Names of the classes of a folder or of --tfds_mask, separated by commas, in "
        "the order of ids.",
        **own,
    )
    flags.DEFINE_integer(
        "num_classes",
        None,
        "Number of classes of a folder. Default: from --class_names or the files.",
        lower_bound=2,
        upper_bound=255,
        **own,
    )
    _define_tfds(flag_values)
    flags.DEFINE_bool(
        "binary",
        False,
        "Whether every class but the first becomes one, `object`.",
        **own,
    )
    flags.DEFINE_integer(
        "synthetic_images",
        400,
        "Training images that --dataset=synthetic generates.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_integer(
        "synthetic_val_images",
        150,
        "Validation images that --dataset=synthetic generates.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_integer(
        "synthetic_size",
        defaults.SYNTHETIC_SIZE,
        "Height and width of the generated images, pixels.",
        lower_bound=32,
        **own,
    )
    flags.DEFINE_bool(
        "synthetic_camouflage",
        False,
        "Whether landscapes and figures bear patches in one another's colours, so that "
        "colour tells little.",
        **own,
    )
    flags.DEFINE_integer(
        "data_seed", 0, "Seed of the generated images and of the split.", **own
    )


def _define_tfds(flag_values: flags.FlagValues) -> None:
    """Which data set of TensorFlow Datasets."""
    own = {"flag_values": flag_values}
    flags.DEFINE_string(
        "tfds_name",
        None,
        "Data set of --dataset=tfds, such as oxford_iiit_pet. It is downloaded if TFDS "
        "can do that.",
        **own,
    )
    flags.DEFINE_string(
        "tfds_split", "train", "Its split to train on, such as train[:90%].", **own
    )
    flags.DEFINE_string(
        "tfds_val_split",
        None,
        "Its split to validate on. Default: held out of --tfds_split; trainers that "
        "only evaluate take all of --tfds_split.",
        **own,
    )
    flags.DEFINE_string(
        "tfds_mask",
        None,
        "Feature with the masks of a data set that is not known, where 255 means no "
        "label; needs --class_names.",
        **own,
    )


def define_training_data(flag_values: flags.FlagValues, scribbles: bool = True) -> None:
    """What only a training asks of its data; `sources.training_sources` reads it.

    Args:
        flag_values: where to define the flags.
        scribbles: whether the training can read scribbles.
    """
    own = {"flag_values": flag_values}
    if scribbles:
        flags.DEFINE_float(
            "length_ratio",
            None,
            "Part of the scribbles' length to keep about their middle: 1 for whole "
            "scribbles, 0 for clicks. Without scribbles, simulates them from the masks "
            "of the training images. Default: scribbles as they are.",
            lower_bound=0,
            upper_bound=1,
            **own,
        )
        flags.DEFINE_string(
            "points",
            None,
            "JSON file of What's the Point, whose points are trained on in the place "
            "of scribbles.",
            **own,
        )
        flags.DEFINE_string(
            "background_points",
            None,
            "JSON file of the same form with points on background.",
            **own,
        )
    flags.DEFINE_float(
        "val_fraction",
        defaults.VAL_FRACTION,
        "Share of the training images with masks to hold out for validation, where "
        "there is no validation set.",
        lower_bound=0,
        upper_bound=0.9,
        **own,
    )


def define_output(flag_values: flags.FlagValues, default: str) -> None:
    """Where results go."""
    flags.DEFINE_string(
        "output_dir", default, "Folder for results.", flag_values=flag_values
    )
