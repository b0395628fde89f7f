"""The folder of a run: its files, and the run that it belongs to.

<output_dir>/config.json    flags and data that the run was begun with
             checkpoints/   everything needed to go on after a kill
             history.csv    one row per epoch
             last.keras     averaged weights after the latest epoch
             best.keras     averaged weights with the best validation score
             metrics.json   latest and best scores, and whether the run is finished
             pictures/      curves and predictions

A file is written under another name and renamed, so that it is complete or absent.
"""

import csv
import io
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tf_rloss.files import atomic_file

from ..errors import UserError

LAST_WEIGHTS = "last.keras"
BEST_WEIGHTS = "best.keras"


class RunFolder:
    """Paths and files of one run.

    Args:
        path: the folder; made by the first write.
        writable: whether this process writes. With several workers only the chief
            does, and for the others every write is a no-op.
    """

    def __init__(self, path: str, writable: bool = True):
        self.path = pathlib.Path(path)
        self.writable = writable
        self.config = self.path / "config.json"
        self.metrics = self.path / "metrics.json"
        self.history = self.path / "history.csv"
        self.best = self.path / BEST_WEIGHTS
        self.last = self.path / LAST_WEIGHTS
        self.checkpoints = self.path / "checkpoints"
        self.pictures = self.path / "pictures"
        self.tensorboard = self.path / "tensorboard"

    def claim(self, flags: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Records what the run is, or checks that it is the one begun here.

        Args:
            flags: value of every setting that changes the result, by flag.
            data: identity of the training and validation data.

        Raises:
            UserError: if the folder holds a run with another setting, named in the
                message, or is a file.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--output_dir must be a folder. Received: {self.path}")
        described = json.loads(json.dumps({"flags": dict(flags), "data": dict(data)}))
        results = [p for p in (self.metrics, self.checkpoints) if p.exists()]
        if results and not self.config.exists():
            raise UserError(
                f"{self.path} holds {results[0].name} but no config.json, so the run "
                "in it cannot be resumed. Choose another --output_dir."
            )
        if not results:  # New, or begun with a mistake that ended it at once.
            self.write_json(self.config, described)
            return
        begun = read_json(self.config)
        for kind in ("data", "flags"):  # Some flags follow from the data.
            check_same(begun[kind], described[kind], self.path)
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        """Deletes the temporary files of a process that was killed while writing."""
        if self.writable:
            for target in (self.best, self.last, self.history, self.metrics):
                for path in self.path.glob(f".{target.stem}-*{target.suffix}"):
                    path.unlink(missing_ok=True)

    @property
    def finished(self) -> bool:
        """True if the run in the folder has come to its end."""
        return bool(self.read_metrics().get("finished"))

    def read_metrics(self) -> dict[str, Any]:
        """Returns the content of `metrics.json`, {} before the first epoch ended."""
        return read_json(self.metrics) if self.metrics.exists() else {}

    def write_json(self, path: pathlib.Path, value: Mapping[str, Any]) -> None:
        """Writes a value as JSON."""
        if self.writable:
            with atomic_file(path) as temporary:
                temporary.write_text(json.dumps(value, indent=2) + "\n")

    def write_history(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes `history.csv` anew, one row per epoch."""
        if self.writable and rows:
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            with atomic_file(self.history) as temporary:
                temporary.write_text(text.getvalue())

    def read_history(self, epochs: int) -> list[dict[str, Any]]:
        """Returns the rows of the first epochs, with None for empty cells."""
        if epochs == 0 or not self.history.exists():
            return []
        with self.history.open(newline="") as file:
            rows = [
                {name: float(cell) if cell else None for name, cell in row.items()}
                for row in csv.DictReader(file)
            ]
        for row in rows:
            row.update({name: int(row[name]) for name in ("epoch", "step")})
        return [row for row in rows if row["epoch"] <= epochs]


def read_json(path: pathlib.Path) -> dict[str, Any]:
    """Returns the content of a JSON file."""
    return json.loads(path.read_text())


def check_same(begun: Mapping, now: Mapping, folder: pathlib.Path) -> None:
    """Raises UserError naming the first setting in which two descriptions differ."""
    for name in [*begun, *(name for name in now if name not in begun)]:
        if begun.get(name) != now.get(name):
            raise UserError(
                f"{name} is {now.get(name)!r}, but the run in {folder} was begun with "
                f"{begun.get(name)!r}. Give the same to resume it, or choose another "
                "--output_dir."
            )
