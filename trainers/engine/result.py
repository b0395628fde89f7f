"""What a finished run leaves: scores, history and weights."""

import dataclasses
import pathlib
from typing import Any

from .run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Result:
    """The results of a finished run.

    Attributes:
        metrics: content of `metrics.json`: `last` and `best` scores on the validation
            set (None without one), `epochs`, `steps`, `seconds_per_epoch`.
        history: one dict per epoch, as in `history.csv`.
        last: file of the averaged weights after the last step.
        best: file of the weights with the best validation score; `last` without
            validation.
    """

    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    last: pathlib.Path
    best: pathlib.Path

    def column(self, name: str) -> list[Any]:
        """Returns a value of the history for each epoch, None where it has none."""
        values = {row["epoch"]: row.get(name) for row in self.history}
        return [values.get(n) for n in range(1, self.metrics["epochs"] + 1)]


def is_better(scores: dict[str, Any], best: dict[str, Any] | None) -> bool:
    """Returns whether scores beat the best so far; the earlier of two equal stays."""
    return best is None or (scores["mean_iou"] or 0.0) > (best["mean_iou"] or 0.0)


def read_result(path: pathlib.Path) -> Result:
    """Returns what a run left in its folder."""
    folder = RunFolder(str(path), writable=False)
    metrics = folder.read_metrics()
    best = folder.best if folder.best.exists() else folder.last
    history = folder.read_history(metrics.get("epochs", 0), ["val_miou"])
    return Result(metrics, history, folder.last, best)
