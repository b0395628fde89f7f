"""Files and folders that appear complete or not at all, also after a power loss."""

import contextlib
import csv
import errno
import glob
import io
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence


@contextlib.contextmanager
def atomic_file(
    path: str | os.PathLike, *, durable: bool = True
) -> Iterator[pathlib.Path]:
    """Yields a temporary name that becomes `path` when the block succeeds.

    The temporary file lies beside `path`, since a rename is atomic only within
    one file system, and keeps its suffix, from which writers choose a format.

    Args:
        path: the file to write; its folder is made when missing.
        durable: whether to wait until the disk has the content before the file gets its
            name, which takes some milliseconds. Without it a file that was written just
            before the power failed may be empty.

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
        if durable:
            flush(temporary)
        os.replace(temporary, path)
        if durable:
            flush(path.parent)
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
    with folder_beside(path.resolve()) as temporary:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        os.replace(temporary, path.resolve())


@contextlib.contextmanager
def folder_beside(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a temporary folder beside `path`, and deletes it in the end.

    A rename from there to `path` is atomic. Those that killed processes left of the
    same target are deleted first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}-partial-"
    for left in path.parent.glob(f"{glob.escape(prefix)}*"):
        shutil.rmtree(left, ignore_errors=True)
    temporary = pathlib.Path(tempfile.mkdtemp(dir=path.parent, prefix=prefix))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(targets: Iterable[str | os.PathLike]) -> None:
    """Deletes what a process left that was killed while it wrote these files.

    Args:
        targets: files that `atomic_file` writes; they stay themselves.
    """
    for target in map(pathlib.Path, targets):
        for path in target.parent.glob(f".{target.stem}-*{target.suffix}"):
            path.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file, in UTF-8, as `atomic_file` does."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: str | os.PathLike, value: object) -> None:
    """Writes a value as a JSON file, as `atomic_file` does."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def csv_text(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> str:
    """Returns rows as CSV, below a header.

    Args:
        rows: column -> value; None becomes an empty cell.
        columns: the columns in their order; empty: those of the first row.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def flush(path: str | os.PathLike) -> None:
    """Waits until the disk has the content of a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems have no such call; then there is nothing to wait for.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise
    finally:
        os.close(handle)


def _umask() -> int:
    """Returns the umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
