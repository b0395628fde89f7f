"""A record of the files that a run reads, by which a change of any of them is noticed.

A resumed run compares sizes and times, which bears 100,000 files; only a file with
another time is read again, to compare its content.
"""

import functools
import json
import os
import pathlib
from collections.abc import Mapping, Sequence

from tf_rloss.data.source import printable
from tf_rloss.files import write_text

from ..errors import UserError
from .run_files import digest_of_file, read_object

FILE = "data_files.json"
SHOWN = 5
"""Changed files that a message names."""

Record = dict[str, list[int | str]]
"""Path below the folder of the data -> size in bytes, time in ns, digest."""


def check_data_files(
    folder: pathlib.Path,
    files: Mapping[str, Sequence[pathlib.Path]],
    *,
    resumed: bool,
) -> None:
    """Compares the files of the data with the record of a run, or writes the record.

    Args:
        folder: folder of the run.
        files: files of the images to train on and to validate on, by the role.
        resumed: whether the run was begun before; else the record is written anew.

    Raises:
        UserError: if a file has changed or is missing; it names some.
    """
    path = folder / FILE
    if not any(files.values()):
        return
    if not (resumed and path.is_file()):
        records = {role: make_record(paths) for role, paths in files.items()}
        write_text(path, json.dumps(records))
        return
    remedy = "Delete it to go on without knowing whether the data changed."
    records = read_object(path, remedy, _is_valid)
    changed = [
        name
        for role, paths in files.items()
        for name in changed_files(records.get(role, {}), paths)
    ]
    if changed:
        changed = list(dict.fromkeys(changed))
        more = len(changed) - SHOWN
        # A damaged record can hold a name of any length.
        shown = ", ".join(f"{printable(name):.200}" for name in changed[:SHOWN])
        raise UserError(
            f"Files of the data have changed since the run in {folder} was begun, "
            f"{len(changed)} in all: {shown}"
            + (f" and {more} more" if more > 0 else "")
            + ". Restore them to resume it, or choose another --output_dir."
        )


def make_record(paths: Sequence[pathlib.Path]) -> Record:
    """Returns size, time and digest of files, by their paths below a common folder."""
    record: Record = {}
    for name, path in _below(paths).items():
        status = path.stat()
        digest = _digest(str(path), status.st_size, status.st_mtime_ns)
        record[name] = [status.st_size, status.st_mtime_ns, digest]
    return record


def changed_files(record: Record, paths: Sequence[pathlib.Path]) -> list[str]:
    """Returns the names of files that are not as they were recorded."""
    found = _below(paths)
    changed = [name for name in record if name not in found]
    for name, path in found.items():
        status = path.stat()
        size, time, digest = record.get(name, (None, None, None))
        if size == status.st_size and time == status.st_mtime_ns:
            continue
        if size != status.st_size or digest != digest_of_file(path):
            changed.append(name)
    return sorted(changed)


@functools.lru_cache(maxsize=1 << 18)
def _digest(path: str, size: int, time: int) -> str:
    """Returns the digest of a file, once for each state of it."""
    del size, time
    return digest_of_file(pathlib.Path(path))


def _below(paths: Sequence[pathlib.Path]) -> dict[str, pathlib.Path]:
    """Returns files by their paths below the folder that all of them lie in."""
    if not paths:
        return {}
    names = [os.path.abspath(path) for path in paths]
    root = os.path.commonpath({os.path.dirname(name) for name in names})
    start = len(os.path.join(root, ""))
    return {name[start:]: path for name, path in zip(names, paths, strict=True)}


def _is_valid(value: dict) -> bool:
    return all(
        isinstance(record, dict)
        and all(isinstance(e, list) and len(e) == 3 for e in record.values())
        for record in value.values()
    )
