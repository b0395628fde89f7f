"""The folders that --data_dir and --val_data_dir name, and the sources in them."""

import pathlib
from collections.abc import Sequence

from tf_rloss import data

from ..errors import UserError
from .options import DataOptions

IMAGES = "images"


def existing_folder(flag: str, path: str) -> pathlib.Path:
    """Returns the folder that a flag names.

    Raises:
        UserError: if there is none.
    """
    folder = pathlib.Path(path)
    if not folder.is_dir():
        raise UserError(f"--{flag} must be a folder. Not found: {folder}")
    return folder


def training_folders(
    options: DataOptions,
) -> tuple[pathlib.Path, pathlib.Path | None]:
    """Returns the folder to train on, and the one to validate on or None."""
    root, val = _data_dir(options), _val_data_dir(options)
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


def evaluation_folder(options: DataOptions) -> pathlib.Path:
    """Returns --val_data_dir, or --data_dir, or val/ in it."""
    val = _val_data_dir(options)
    if val is not None:
        return val
    root = _data_dir(options)
    for folder in (root, root / "val"):
        if (folder / IMAGES).is_dir():
            return folder
    raise UserError(
        "--data_dir must hold images/ and labels/, or val/ with them. "
        f"Neither is in {root}"
    )


def open_folder(
    path: pathlib.Path,
    class_names: Sequence[str] | None,
    num_classes: int | None,
    image_scale: float,
    length_ratio: float | None = None,
    ignore_ids: Sequence[int] | None = None,
) -> data.Source:
    """Returns the images in a folder; every file is checked.

    Args:
        path: folder with images/ and labels.
        class_names: names of the classes; None: from the folder.
        num_classes: their number; None: that of the names, or from the folder.
        image_scale: factor by which images are resized.
        length_ratio: part of the scribbles' length to keep; None: all.
        ignore_ids: labels that mark pixels without a label, beside 255.

    Raises:
        UserError: if options contradict the files.
        DataError: if files are not as they should be.
    """
    try:
        return data.folder(
            path,
            class_names=class_names,
            num_classes=num_classes,
            image_scale=image_scale,
            length_ratio=length_ratio,
            ignore_ids=ignore_ids or (),
        )
    except data.DataError:
        raise
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error


def _data_dir(options: DataOptions) -> pathlib.Path:
    if options.data_dir is None:
        raise UserError("--dataset=folder needs --data_dir.")
    return existing_folder("data_dir", options.data_dir)


def _val_data_dir(options: DataOptions) -> pathlib.Path | None:
    if options.val_data_dir is None:
        return None
    return existing_folder("val_data_dir", options.val_data_dir)
