"""The folders that --data_dir and --val_data_dir name, and the sources in them."""

import pathlib
from typing import Any

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


def image_form(options: DataOptions) -> tuple[data.ImageForm, tuple | None]:
    """Returns the form of the images, and percentiles that complete it or None.

    Raises:
        UserError: if a flag does not fit the number of channels.
    """
    pairs = options.value_range
    if pairs is not None and len(pairs) > 2:
        pairs = tuple(zip(pairs[::2], pairs[1::2], strict=True))
    try:
        form = data.ImageForm(options.channels, pairs, options.rgb_channels)
    except ValueError as error:
        raise UserError(str(error)) from error
    return form, options.percentiles


def open_folder(path: pathlib.Path, **options: Any) -> data.Source:
    """Returns the images in a folder; every file is checked.

    Args:
        path: folder with images/ and labels.
        **options: arguments of `data.folder`.

    Raises:
        UserError: if options contradict the files.
        DataError: if files are not as they should be.
    """
    try:
        return data.folder(path, **options)
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
