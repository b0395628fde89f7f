"""Reading the files of a run, which a full disk or an editor may have damaged."""

import contextlib
import csv
import hashlib
import json
import pathlib
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from tf_rloss.models.weights_file import ARCHIVE_ERRORS

from ..errors import UserError

Row = dict[str, Any]
WEIGHTS_MEMBER = "model.weights.h5"
"""The file with the weights inside a `.keras` file."""


def read_object(
    path: pathlib.Path, remedy: str, is_valid: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Reads a JSON object.

    Args:
        path: the file.
        remedy: advice for the user if it is damaged, a sentence.
        is_valid: whether an object has the form that the file should have.

    Raises:
        UserError: if the file is no JSON or has another form.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        reason = "it has another form"
    except (ValueError, RecursionError) as error:
        value, reason = None, f"{error!s:.120}"
    if not isinstance(value, dict) or not is_valid(value):
        raise UserError(f"{path} is damaged: {reason}. {remedy}")
    return value


def is_config(value: dict[str, Any]) -> bool:
    """Returns whether an object has the form of config.json."""
    return isinstance(value.get("flags"), dict) and isinstance(value.get("data"), dict)


def is_metrics(value: dict[str, Any]) -> bool:
    """Returns whether an object has the form of metrics.json."""
    scores = [value.get("last"), value.get("best")]
    if not isinstance(value.get("finished", False), bool):
        return False
    if value.get("finished") and not {"epochs", "steps", "last"} <= set(value):
        return False
    return all(s is None or (isinstance(s, dict) and "mean_iou" in s) for s in scores)


def read_rows(path: pathlib.Path) -> list[Row]:
    """Reads the rows of history.csv, numbers parsed, empty cells None.

    Reading ends at the first row that is not whole.
    """
    rows: list[Row] = []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.DictReader(file)
        while True:
            try:
                row = next(reader)
                parsed = {name: _number(cell) for name, cell in row.items()}
                parsed |= {name: int(row[name]) for name in ("epoch", "step")}
            except (StopIteration, csv.Error, KeyError, TypeError, ValueError):
                break
            rows.append(parsed)
    return rows


def _number(cell: str | None) -> float | None:
    if cell is None:
        raise ValueError("a row with too few cells")
    return float(cell) if cell else None


def missing_epochs(rows: Sequence[Row], epochs: int) -> list[int]:
    """Returns which of the epochs 1 to `epochs` have no row."""
    present = {row["epoch"] for row in rows}
    return [epoch for epoch in range(1, epochs + 1) if epoch not in present]


def is_whole(weights: pathlib.Path) -> bool:
    """Returns whether a `.keras` file is a zip archive without a damaged member."""
    try:
        with zipfile.ZipFile(weights) as archive:
            return archive.testzip() is None
    except ARCHIVE_ERRORS:
        return False


def digest_of_file(path: pathlib.Path) -> str:
    """Returns 16 hexadecimal digits that stand for the content of a file.

    For a `.keras` file they stand for its weights, since it holds its date as well.
    """
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        if path.suffix == ".keras" and is_whole(path):
            archive = stack.enter_context(zipfile.ZipFile(file))
            if WEIGHTS_MEMBER in archive.namelist():
                file = stack.enter_context(archive.open(WEIGHTS_MEMBER))
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]
