"""Opens files with weights that a stranger may have made, and checks them first."""

import contextlib
import io
import lzma
import os
import pathlib
import zipfile
import zlib
from collections.abc import Iterator

import h5py

_MOST_COMPRESSED = 1000
"""Bytes of an array per byte that the file stores of it; Keras does not compress."""


ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged archive may raise; RuntimeError where a member seems to be
encrypted or packed in an unknown way."""


@contextlib.contextmanager
def open_weights(path: str | os.PathLike) -> Iterator[h5py.File]:
    """Opens the HDF5 content of a `.keras`, `.weights.h5` or `.h5` file.

    Args:
        path: the file.

    Yields:
        The open file, all of whose arrays lie in it.

    Raises:
        OSError, KeyError: if the file cannot be read.
        ValueError: if it refers to other files, contains itself, or has arrays that
            are far larger than what it stores of them.
    """
    content: io.BytesIO | str = str(path)
    if pathlib.Path(path).suffix == ".keras":
        try:
            with zipfile.ZipFile(path) as archive:
                content = io.BytesIO(archive.read("model.weights.h5"))
        except ARCHIVE_ERRORS as error:
            raise OSError(f"its archive is damaged: {error}") from error
    with h5py.File(content, "r") as file:
        _check(file)
        yield file


def check_weights(path: str | os.PathLike) -> None:
    """Raises what `open_weights` raises, before Keras reads a stranger's file."""
    with open_weights(path):
        pass


def _check(file: h5py.File) -> None:
    """Raises ValueError unless the file holds groups and stored arrays alone."""
    pending: list[h5py.Group] = [file]
    seen = {_address(file)}
    while pending:
        group = pending.pop()
        for key in group:
            name = f"{group.name.rstrip('/')}/{key}"[:200]
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise ValueError(f"{name} is a link, possibly to another file")
            item = group[key]
            if isinstance(item, h5py.Group):
                if _address(item) in seen:
                    raise ValueError(f"{name} is a group that the file holds twice")
                seen.add(_address(item))
                pending.append(item)
            elif isinstance(item, h5py.Dataset):
                _check_array(item, name)


def _check_array(array: h5py.Dataset, name: str) -> None:
    if array.external or array.is_virtual:
        raise ValueError(f"{name} lies in another file")
    stored = array.id.get_storage_size()
    if array.nbytes > _MOST_COMPRESSED * max(stored, 1):
        raise ValueError(
            f"{name} would take {array.nbytes} bytes, and the file stores {stored} of "
            "it"
        )


def _address(item: h5py.Group) -> int:
    return h5py.h5o.get_info(item.id).addr
