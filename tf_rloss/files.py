"""Files that appear complete or not at all."""

import contextlib
import os
import pathlib
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


def _umask() -> int:
    """Returns the umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
