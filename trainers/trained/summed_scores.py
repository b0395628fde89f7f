"""The common score of the parts of a set of images, which several jobs have scored."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from tf_rloss import evaluation
from tf_rloss.files import write_json

from ..errors import UserError
from .shards import Shard

FILE = "confusion.json"
"""The confusion matrices of a part, beside its scores."""


def write_part(
    folder: pathlib.Path,
    images: int,
    flags: Mapping[str, Any],
    confusions: Mapping[str, evaluation.ConfusionMatrix],
) -> None:
    """Writes the confusion matrices of a part.

    Args:
        folder: folder of the part.
        images: number of its images.
        flags: flags that all parts must share.
        confusions: confusion matrices by name.
    """
    matrices = {name: c.matrix.tolist() for name, c in confusions.items()}
    write_json(folder / FILE, {"images": images, "flags": flags, "matrices": matrices})


def sum_parts(
    whole: pathlib.Path, count: int
) -> tuple[int, dict[str, evaluation.ConfusionMatrix]] | None:
    """Returns the number of images and the summed matrices; None until all are there.

    Args:
        whole: folder that holds the folders of the parts.
        count: number of parts.

    Raises:
        UserError: if a file is damaged, or the parts were scored with other flags.
    """
    files = [Shard(n, count).folder(whole) / FILE for n in range(1, count + 1)]
    if not all(file.exists() for file in files):
        return None
    images, total, flags = 0, {}, None
    for file in files:
        try:
            part = json.loads(file.read_text(encoding="utf-8"))
            matrices = {n: np.array(m, np.int64) for n, m in part["matrices"].items()}
            images += int(part["images"])
            same = flags is None or flags == part["flags"]
            flags = part["flags"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{file} is damaged. Score this part again.") from error
        if not same:
            raise UserError(
                f"{file} was made with other flags than the parts before it, so they "
                "have no common score. Score all parts with the same flags."
            )
        for name, matrix in matrices.items():
            added = evaluation.ConfusionMatrix(len(matrix))
            added.matrix += matrix
            total.setdefault(name, evaluation.ConfusionMatrix(len(matrix))).merge(added)
    return images, total
