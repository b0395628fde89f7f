"""The images with masks that the flags of `common_flags.define_data` mean."""

import pathlib

from absl import flags

from tf_rloss import data

from .errors import UserError
from .sources import (
    FOLDER,
    IMAGES,
    TFDS,
    VOC,
    check_flags,
    existing_folder,
    find_voc,
    synthetic_source,
    tfds_source,
)
from .trained import Trained


def evaluation_source(
    flag_values: flags.FlagValues, trained: Trained, *, full_size: bool = False
) -> data.Source:
    """Returns the images to score a segmenter on.

    Args:
        flag_values: parsed flags of a trainer.
        trained: the segmenter, whose classes a folder is read with where the flags
            do not name them.
        full_size: whether `--image_scale` is left to the caller.

    Raises:
        UserError: if the flags do not fit together, a folder is missing or has no
            masks, or the classes are not those of the segmenter.
        DataError: if files of a folder are not as they should be.
    """
    check_flags(flag_values)
    if flag_values.dataset == FOLDER:
        scale = 1.0 if full_size else flag_values.image_scale
        source = _folder_source(flag_values, trained, scale)
    elif flag_values.dataset == VOC:
        source = data.voc2012("val", find_voc(flag_values))
    elif flag_values.dataset == TFDS:
        split = flag_values.tfds_val_split or flag_values.tfds_split
        # The names of merged classes say nothing about the masks.
        names = None if flag_values.binary else trained.class_names
        source = tfds_source(flag_values, split, names)
    else:
        source = synthetic_source(flag_values, "val")
    if flag_values.binary:
        source = data.binary(source)
    if source.num_classes != trained.num_classes:
        raise UserError(
            f"{trained.path} has {trained.num_classes} classes, but the images have "
            f"{source.num_classes}: {', '.join(source.class_names)}"
        )
    return source


def _folder_source(
    flag_values: flags.FlagValues, trained: Trained, image_scale: float
) -> data.Source:
    path = _find_folder(flag_values)
    names, count = flag_values.class_names, flag_values.num_classes
    if not flag_values.binary:
        names = names or trained.class_names
        count = count or (None if names else trained.num_classes)
    try:
        source = data.folder(
            path,
            class_names=names,
            num_classes=count,
            image_scale=image_scale,
        )
    except data.DataError:
        raise
    except ValueError as error:  # Options that contradict each other.
        raise UserError(f"{path}: {error}") from error
    if not source.has_masks:
        raise UserError(f"{path} has no labels/, so nothing can be scored on it.")
    return source


def _find_folder(flag_values: flags.FlagValues) -> pathlib.Path:
    """Returns --val_data_dir, or --data_dir, or val/ in it."""
    if flag_values.val_data_dir is not None:
        return existing_folder("val_data_dir", flag_values.val_data_dir)
    if flag_values.data_dir is None:
        raise UserError("--dataset=folder needs --data_dir.")
    root = existing_folder("data_dir", flag_values.data_dir)
    for folder in (root, root / "val"):
        if (folder / IMAGES).is_dir():
            return folder
    raise UserError(
        "--data_dir must hold images/ and labels/, or val/ with them. "
        f"Neither is in {root}"
    )
