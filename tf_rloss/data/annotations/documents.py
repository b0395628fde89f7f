"""Opens the JSON and XML files of strangers, of bounded size and depth."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tf_rloss.data.source import DataError
from tf_rloss.data.xml_text import parse_xml

MOST_BYTES = 1 << 29
"""Size of the largest file that is read, 512 MiB."""
_MOST_FILES = 1 << 20


def read_bytes(path: Path) -> bytes:
    """Returns the content of a file.

    Raises:
        DataError: if it is too large.
    """
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"{path}: is larger than {MOST_BYTES >> 20} MiB.")
    return content


def read_text(path: Path) -> str:
    """Returns the text of a file in UTF-8.

    Raises:
        DataError: if it is too large or no such text.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 ({error}).") from error


def read_json(path: Path) -> Any:
    """Returns the content of a JSON file.

    Raises:
        DataError: if it is too large, no JSON or nested too deeply.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DataError(f"{path}: is JSON that is nested too deeply.") from error
    except ValueError as error:
        raise DataError(f"{path}: is not JSON ({error}).") from error


def read_xml(path: Path) -> ElementTree.Element:
    """Returns the root of an XML file.

    Raises:
        DataError: if it is too large, no XML, or has a document type.
    """
    try:
        return parse_xml(read_bytes(path))
    except ValueError as error:
        raise DataError(f"{path}: {error}.") from error


def find_files(path: Path, suffixes: Iterable[str]) -> list[Path]:
    """Returns the files in a folder and its folders, sorted, or the one file.

    Hidden files and links that lead out of the folder are passed over.

    Args:
        path: the file or folder.
        suffixes: endings of the files to find, in lower case; a file with another one
            is not found.

    Raises:
        DataError: if there are more than a million files.
    """
    suffixes = tuple(suffixes)
    if path.is_file():
        return [path] if path.name.lower().endswith(suffixes) else []
    root, found = path.resolve(), []
    for file in path.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if hidden or not file.name.lower().endswith(suffixes) or not file.is_file():
            continue
        if file.is_symlink() and root not in file.resolve().parents:
            continue
        found.append(file)
        if len(found) > _MOST_FILES:
            raise DataError(f"{path}: holds more than {_MOST_FILES} files.")
    return sorted(found)
