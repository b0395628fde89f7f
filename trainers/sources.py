"""The data that the flags of `common_flags.define_data` mean."""

import pathlib
from collections.abc import Sequence

from absl import flags

from tf_rloss import data

from .errors import UserError

SYNTHETIC, FOLDER, VOC, TFDS = "synthetic", "folder", "voc2012_scribble", "tfds"
IMAGES = "images"

_BELONGS = {
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
"""For which data sets a flag means something."""


def training_sources(
    flag_values: flags.FlagValues, labels: str = "scribble"
) -> tuple[data.Source, data.Source | None]:
    """The images to train on and those to validate on.

    Where a folder comes without a validation set, a part of its images with masks is
    held out; without any masks there is no validation, which is printed.

    Args:
        flag_values: parsed flags of a trainer, those of
            `common_flags.define_training_data` among them.
        labels: what the training reads: "scribble", "mask", or "tag", for which
            either will do, as well as tags.csv.

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
    check_flags(flag_values)
    points = _read_points(flag_values, labels)
    length = flag_values.length_ratio if "length_ratio" in flag_values else None
    if flag_values.dataset == SYNTHETIC:
        length = 1.0 if length is None else length
        train = synthetic_source(flag_values, "train", length_ratio=length)
        val = synthetic_source(flag_values, "val")
    elif flag_values.dataset == VOC:
        root = find_voc(flag_values)
        train = data.voc2012("train", root, length_ratio=length)
        val = data.voc2012("val", root)
    elif flag_values.dataset == TFDS:
        split = flag_values.tfds_split
        train = tfds_source(flag_values, split, length_ratio=length)
        split = flag_values.tfds_val_split
        val = split and tfds_source(flag_values, split)
    else:
        train, val = _folder_sources(flag_values, labels, length, bool(points))
    if points:
        train = data.with_points(train, points)
    if val is None:
        return hold_out(train, flag_values.val_fraction, flag_values.data_seed)
    if flag_values["val_fraction"].present:
        raise UserError(
            "--val_fraction holds out training images where there are none to validate "
            f"on. Here are {len(val)}; leave the flag out."
        )
    return train, val


def _read_points(flag_values, labels):
    """Returns the points of --points by image, {} where there is no such flag."""
    if "points" not in flag_values:
        return {}
    path, behind = flag_values.points, flag_values.background_points
    if path is None:
        if behind is not None:
            raise UserError("--background_points needs --points.")
        return {}
    if labels != "scribble":
        raise UserError("--points is for trainings on scribbles, which they replace.")
    if flag_values.length_ratio is not None:
        raise UserError("--length_ratio is of scribbles, which --points replaces.")
    return data.read_points(path, behind)


def _folder_sources(flag_values, labels, length, has_points):
    """The images of a folder, and those of its validation set or None."""
    train_dir, val_dir = find_folders(flag_values)
    train = folder_source(
        flag_values, train_dir, flag_values.class_names, length_ratio=length
    )
    if labels == "mask" and not train.has_masks:
        raise UserError(f"{train_dir} has no labels/, which the training needs.")
    if labels == "scribble" and not (train.has_scribbles or has_points):
        raise UserError(
            f"{train_dir} has no scribbles/. --length_ratio=1 simulates scribbles from "
            "labels/."
        )
    val = None
    if val_dir is not None:
        val = folder_source(flag_values, val_dir, train.class_names)
        if not val.has_masks:
            raise UserError(f"{val_dir} has no labels/, so one cannot validate on it.")
    if labels == "tag" and train.has_tags and (train.has_masks or val):
        order = ", ".join(f"{i} {name}" for i, name in enumerate(train.class_names))
        print(f"Classes, as masks have to number them: {order}")
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


def check_flags(flag_values: flags.FlagValues) -> None:
    """Refuses flags that mean nothing to the data set."""
    for name, datasets in _BELONGS.items():
        if name not in flag_values or flag_values.dataset in datasets:
            continue
        if flag_values[name].value != flag_values[name].default:
            raise UserError(f"--{name} needs --dataset={' or '.join(datasets)}.")


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
        camouflage=flag_values.synthetic_camouflage,
        **options,
    )


def find_voc(flag_values: flags.FlagValues) -> pathlib.Path:
    """The folder with the files of PASCAL VOC."""
    if flag_values.data_dir is None:
        raise UserError(f"--dataset={VOC} needs --data_dir.")
    return existing_folder("data_dir", flag_values.data_dir)


def tfds_source(
    flag_values: flags.FlagValues,
    split: str,
    class_names: Sequence[str] | None = None,
    length_ratio: float | None = None,
) -> data.Source:
    """A split of a data set of TFDS; names of classes serve where flags give none."""
    if flag_values.tfds_name is None:
        raise UserError(f"--dataset={TFDS} needs --tfds_name.")
    mask, names = flag_values.tfds_mask, flag_values.class_names
    if mask is not None:
        names = names or class_names
    if (mask is None) != (names is None):
        raise UserError("--tfds_mask and --class_names belong together.")
    return data.from_tfds(
        flag_values.tfds_name,
        split,
        data_dir=flag_values.data_dir,
        mask=mask,
        class_names=names,
        length_ratio=length_ratio,
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
