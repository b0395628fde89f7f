"""Files that appear complete or not at all, also after a loss of power."""

import contextlib
import errno
import os
import pathlib
import tempfile
from collections.abc import Iterator


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
