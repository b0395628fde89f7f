"""Files and folders that appear complete or not at all."""

import contextlib
import errno
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Yields a temporary name that becomes `path` when the block succeeds.

    The temporary file lies beside `path`, since a rename is atomic only within
    one file system, and keeps its suffix, from which writers choose a format.

    Args:
        path: the file to write; its folder is made when missing.

    Yields:
        The path to write to.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
    )
    os.close(handle)
    temporary = pathlib.Path(name)
    try:
        yield temporary
        # mkstemp makes private files; pictures get the user's usual mode.
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Yields a temporary folder that becomes `path` when the block succeeds.

    Args:
        path: the folder to write. It may exist if it is empty.

    Yields:
        The folder to write into, which lies beside `path`.

    Raises:
        FileExistsError: if there is a file at `path`, or a folder that is not empty.
    """
    path = pathlib.Path(path)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileExistsError(errno.EEXIST, "Exists and is not empty", str(path))
    parent = path.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(dir=parent, prefix=f".{path.name}-"))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        os.replace(temporary, path.resolve())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    """Returns the umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
