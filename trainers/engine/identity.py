"""The identity of a run: its settings and its images, as plain data."""

import hashlib
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from tf_rloss import data

from .config import RunConfig
from .recipe import Recipe
from .run_files import digest_of_file
from .run_folder import DIGEST, LAST_WEIGHTS

FILE_FLAGS = ("--weights", "--init_from", "--cues", "--cues_list", "--proposals_from")
"""Flags whose value may be the path of a file that alters what a run computes."""


def describe_settings(recipe: Recipe, config: RunConfig) -> dict[str, Any]:
    """Returns every setting that alters what a run computes, by its flag."""
    fields = {f"--{flag}": value for flag, value in config.described.items()}
    terms = {
        f"loss of {name!r}": {
            "class": type(loss).__name__,
            "weight": recipe.loss_weights.get(name),  # None: it is only logged.
            "target": recipe.target(name),
            "output": recipe.output(name),
            **loss.get_config(),
        }
        for name, loss in recipe.terms.items()
    }
    flags = fields | {f"--{name}": v for name, v in recipe.flags.items()}
    # Flags first: a message that names one says what to mend.
    return flags | _digests_of_files(flags) | terms


def _digests_of_files(flags: Mapping[str, Any]) -> dict[str, str]:
    """Returns the digest of every file that a flag names, a run's folder included.

    A run is the same if its files have the same content, wherever they lie.
    """
    digests = {}
    for flag in FILE_FLAGS:
        path = pathlib.Path(flags.get(flag) or "")
        path = path / LAST_WEIGHTS if path.is_dir() else path
        if path.is_file():
            digests[DIGEST + flag] = digest_of_file(path)
    return digests


def describe_data(
    train_source: data.Source, val_source: data.Source | None
) -> dict[str, Any]:
    """Returns names, classes, number and digests of the images of a run."""
    return {
        f"{role} {name}": value
        for role, source in (("training", train_source), ("validation", val_source))
        for name, value in _describe_source(source).items()
    }


def _describe_source(source: data.Source | None) -> dict[str, Any]:
    if source is None:
        return {"data": None}
    names, labelled = np.array(source.ids), source.labelled
    content = {}
    if not source.files:  # check_data_files compares all files, and names them.
        # The first image with labels, and the first without.
        firsts = [source.ids[k.argmax()] for k in (labelled, ~labelled) if k.any()]
        arrays = (array for name in firsts for array in source.read(name))
        content = {"digest of the first image": _digest(*arrays)}
    return {
        "data": source.name,
        "classes": list(source.class_names),
        "number of images": len(source),
        "largest height and width": list(source.size),
        "digest of image names": _digest(names, names[~labelled]),
        **content,
        "palette": source.palette.tolist(),
        **({"image scale": source.image_scale} if source.image_scale != 1.0 else {}),
        **({"ignored ids": list(source.ignore_ids)} if source.ignore_ids else {}),
    }


def _digest(*arrays: np.ndarray | None) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
