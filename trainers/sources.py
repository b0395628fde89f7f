"""The data that the flags of `common_flags.define_data` mean."""

import pathlib
from collections.abc import Sequence

from absl import flags

from tf_rloss import data

from .errors import UserError

FOLDER = "folder"
IMAGES = "images"


def training_sources(
    flag_values: flags.FlagValues, labels: str = "scribble"
) -> tuple[data.Source, data.Source | None]:
    """The images to train on and those to validate on.

    Where a folder comes without a validation set, a part of its images with masks is
    held out; without any masks there is no validation, which is printed.

    Args:
        flag_values: parsed flags of a trainer, those of
            `common_flags.define_training_data` among them.
        labels: what the training reads, "scribble", "mask" or "tag", which is known
            from either, or without them from a file.

    Raises:
        UserError: if the flags do not fit together or a folder is missing.
        DataError: if files of a folder are not as they should be.
    """
    train, val = _sources_of_all_classes(flag_values, labels)
    if flag_values.binary:
        return data.binary(train), val and data.binary(val)
    return train, val


def _sources_of_all_classes(
    flag_values: flags.FlagValues, labels: str
) -> tuple[data.Source, data.Source | None]:
    length = None
    if "length_ratio" in flag_values:
        length = flag_values.length_ratio
    if flag_values.dataset != FOLDER:
        check_synthetic(flag_values)
        length = 1.0 if length is None else length
        train = synthetic_source(flag_values, "train", length_ratio=length)
        return train, synthetic_source(flag_values, "val")
    train_dir, val_dir = find_folders(flag_values)
    train = folder_source(
        flag_values, train_dir, flag_values.class_names, length_ratio=length
    )
    if labels == "mask" and not train.has_masks:
        raise UserError(f"{train_dir} has no labels/, which the training needs.")
    if labels == "scribble" and not train.has_scribbles:
        raise UserError(
            f"{train_dir} has no scribbles/. --length_ratio=1 simulates scribbles from "
            "labels/."
        )
    if val_dir is None:
        return hold_out(train, flag_values.val_fraction, flag_values.data_seed)
    val = folder_source(flag_values, val_dir, train.class_names)
    if not val.has_masks:
        raise UserError(f"{val_dir} has no labels/, so one cannot validate on it.")
    return train, val


def hold_out(
    train: data.Source, fraction: float, seed: int
) -> tuple[data.Source, data.Source | None]:
    """Takes a part of the training images for validation, where that is possible."""
    if not train.has_masks:
        print("Validation is skipped: the images have no labels/.")
        return train, None
    if fraction == 0.0 or len(train) < 2:
        print("Validation is skipped: no images are held out.")
        return train, None
    return data.split(train, fraction, seed)


def check_synthetic(flag_values: flags.FlagValues) -> None:
    """Refuses flags of a folder where there is none."""
    for name in ("data_dir", "val_data_dir", "class_names", "num_classes"):
        if flag_values[name].value is not None:
            raise UserError(f"--{name} needs --dataset=folder.")


def synthetic_source(
    flag_values: flags.FlagValues, split: str, **options: float
) -> data.Source:
    """The generated images of "train" or "val"."""
    count = flag_values.synthetic_images
    if split == "val":
        count = flag_values.synthetic_val_images
    return data.synthetic(
        split,
        num_images=count,
        size=flag_values.synthetic_size,
        seed=flag_values.data_seed,
        **options,
    )


def find_folders(
    flag_values: flags.FlagValues,
) -> tuple[pathlib.Path, pathlib.Path | None]:
    """The folder to train on, and the one to validate on where there is one."""
    if flag_values.data_dir is None:
        raise UserError("--dataset=folder needs --data_dir.")
    root = existing_folder("data_dir", flag_values.data_dir)
    val = None
    if flag_values.val_data_dir is not None:
        val = existing_folder("val_data_dir", flag_values.val_data_dir)
    if (root / IMAGES).is_dir():
        return root, val
    if not (root / "train" / IMAGES).is_dir():
        raise UserError(
            "--data_dir must hold images/, or train/ with images/. "
            f"Neither is in {root}"
        )
    if val is None and (root / "val" / IMAGES).is_dir():
        val = root / "val"
    return root / "train", val


def existing_folder(flag: str, path: str) -> pathlib.Path:
    folder = pathlib.Path(path)
    if not folder.is_dir():
        raise UserError(f"--{flag} must be a folder. Not found: {folder}")
    return folder


def folder_source(
    flag_values: flags.FlagValues,
    path: pathlib.Path,
    class_names: Sequence[str] | None,
    length_ratio: float | None = None,
) -> data.Source:
    """Images in a folder; every file is checked."""
    try:
        return data.folder(
            path,
            class_names=class_names,
            num_classes=None if class_names else flag_values.num_classes,
            image_scale=flag_values.image_scale,
            length_ratio=length_ratio,
        )
    except data.DataError:
        raise
    except ValueError as error:  # Options that contradict the files.
        raise UserError(f"{path}: {error}") from error
