"""Whether two folders hold the same results, bit for bit but for times."""

import csv
import io
import json
import pathlib
import zipfile

import h5py
import numpy as np

SKIPPED = ("lock", "data_files.json", "cue_scores.json")
LEFT_OUT_FOLDERS = ("checkpoints", "saved_model", "tensorboard")
"""Folders whose files need not be equal byte for byte."""


def differences(expected: pathlib.Path, found: pathlib.Path) -> list[str]:
    """Returns a sentence for each difference of two folders of results."""
    names, others = _names(expected), _names(found)
    wrong = [f"{name} is missing" for name in sorted(names - others)]
    wrong += [f"{name} is left over" for name in sorted(others - names)]
    for name in sorted(names & others):
        if pathlib.Path(name).parts[-2:-1] and any(
            part in LEFT_OUT_FOLDERS for part in pathlib.Path(name).parts
        ):
            continue
        if _content(expected / name) != _content(found / name):
            wrong.append(f"{name} differs")
    return wrong


def _names(folder: pathlib.Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name not in SKIPPED
    }


def _content(path: pathlib.Path) -> object:
    """Returns what has to be equal in two files."""
    if path.suffix == ".keras":
        return weights_of(path)
    if path.suffix == ".json":
        return _without_times_and_paths(json.loads(path.read_text()))
    if path.suffix == ".csv":
        rows = csv.DictReader(io.StringIO(path.read_text()))
        return [_without_times_and_paths(row) for row in rows]
    if path.suffix in (".md", ".html"):
        return None  # The files beside it have the same numbers, and no times.
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: arrays[name].tobytes() for name in arrays}
    return path.read_bytes()


def weights_of(path: pathlib.Path) -> dict[str, bytes]:
    """Returns the arrays of a `.keras` file by their names."""
    arrays: dict[str, bytes] = {}

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()].tobytes()

    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content, "r") as file:
        file.visititems(add)
    return arrays


def _without_times_and_paths(value: object) -> object:
    """Returns a value of JSON without durations and paths."""
    if isinstance(value, dict):
        return {
            name: _without_times_and_paths(item)
            for name, item in value.items()
            if not any(part in str(name) for part in ("seconds", "init_from"))
        }
    if isinstance(value, list):
        return [_without_times_and_paths(item) for item in value]
    return value
