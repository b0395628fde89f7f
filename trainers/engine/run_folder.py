"""The folder of a run: its files, and the run that it belongs to.

<output_dir>/config.json    flags and data that the run was begun with
             checkpoints/   everything needed to go on after a kill
             history.csv    one row per epoch
             last.keras     averaged weights after the latest epoch
             best.keras     averaged weights with the best validation score
             metrics.json   latest and best scores, and whether the run is finished
             pictures/      curves and predictions
             report.html    a page with all of this
             lock           held by the process that trains
             data_files.json  sizes, times and digests of the files of the data

A file is written under another name and renamed, so that it is complete or absent.
"""

import contextlib
import json
import pathlib
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from tf_rloss.data.source import printable
from tf_rloss.files import csv_text, remove_leftovers, write_json, write_text

from ..errors import TrainingError, UserError
from . import run_files
from .run_lock import locked

DIGEST = "digest of "
"""Beginning of the names of settings that stand for the content of a file."""
REPORT = "report.html"
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
        self.report = self.path / REPORT
        self.tensorboard = self.path / "tensorboard"

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Returns a context in which no other process writes the run.

        Raises:
            UserError: when it is entered, if `path` is no folder, or another process
                trains in it.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--output_dir must be a folder. Received: {self.path}")
        return locked(self.path) if self.writable else contextlib.nullcontext()

    def claim(self, flags: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
        """Records what the run is, or checks that it is the one begun here.

        Args:
            flags: value of every setting that changes the result, by flag.
            data: identity of the training and validation data.

        Returns:
            True if the run was begun before and left results.

        Raises:
            UserError: if the folder holds a run with another setting, named in the
                message, or its files are damaged.
        """
        described = json.loads(json.dumps({"flags": dict(flags), "data": dict(data)}))
        self._remove_leftovers()
        results = [p for p in (self.metrics, self.checkpoints) if p.exists()]
        if results and not self.config.exists():
            raise UserError(
                f"{self.path} holds {results[0].name} but no config.json, so the run "
                "in it cannot be resumed. Choose another --output_dir."
            )
        if not results:  # New, or begun with a mistake that ended it at once.
            self.write_json(self.config, described)
            return False
        begun = self.read_config()
        for kind in ("data", "flags"):  # Some flags follow from the data.
            check_same(begun[kind], described[kind], self.path)
        return True

    def check_present(self) -> None:
        """Raises TrainingError if the folder was deleted or moved during the run."""
        if self.writable and not self.config.exists():
            raise TrainingError(
                f"{self.path} was deleted or moved during the run. If it was moved, "
                "give its new place as --output_dir to go on from its last checkpoint; "
                "else the same command begins anew."
            )

    def _remove_leftovers(self) -> None:
        """Deletes the temporary files of a process that was killed while writing."""
        if not self.writable:
            return
        targets = [self.best, self.last, self.history, self.metrics, self.config]
        targets += [self.report]
        names = ("confusion.png", "curves.png", "predictions.png")
        remove_leftovers([*targets, *(self.pictures / name for name in names)])
        for path in self.checkpoints.glob("checkpoint.tmp*"):
            path.unlink(missing_ok=True)
        for path in self.checkpoints.glob("*_temp"):
            shutil.rmtree(path, ignore_errors=True)

    def read_config(self) -> dict[str, Any]:
        """Returns the content of `config.json`.

        Raises:
            UserError: if it is damaged.
        """
        remedy = "Restore it, or delete the folder to train anew."
        return run_files.read_object(self.config, remedy, run_files.is_config)

    @property
    def finished(self) -> bool:
        """True if the run in the folder has come to its end.

        Raises:
            UserError: if its weights are damaged.
        """
        if not self.read_metrics().get("finished"):
            return False
        if not run_files.is_whole(self.last):
            raise UserError(
                f"{self.last} is missing or damaged. Delete {self.metrics} and give "
                "the same command to write it anew from the last checkpoint."
            )
        return True

    def read_metrics(self) -> dict[str, Any]:
        """Returns the content of `metrics.json`, {} before the first epoch ended.

        Raises:
            UserError: if it is damaged.
        """
        if not self.metrics.exists():
            return {}
        remedy = (
            "Delete it and give the same command to go on from the last checkpoint."
        )
        return run_files.read_object(self.metrics, remedy, run_files.is_metrics)

    def write_json(self, path: pathlib.Path, value: Mapping[str, Any]) -> None:
        """Writes a value as JSON."""
        if self.writable:
            write_json(path, value)

    def write_history(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes `history.csv` anew, one row per epoch."""
        if self.writable and rows:
            write_text(self.history, csv_text(rows))

    def read_history(self, epochs: int) -> list[dict[str, Any]]:
        """Returns the rows of the first `epochs` epochs; says which are missing."""
        if epochs == 0:
            return []
        rows = run_files.read_rows(self.history) if self.history.exists() else []
        rows = [row for row in rows if row["epoch"] <= epochs]
        if (missing := run_files.missing_epochs(rows, epochs)) and self.writable:
            print(
                f"{self.history} is damaged: it lacks {len(missing)} of {epochs} "
                f"epochs, the first of them epoch {missing[0]}. They stay out of the "
                "history and its curves; the weights are whole."
            )
        return rows


def check_same(begun: Mapping, now: Mapping, folder: pathlib.Path) -> None:
    """Raises UserError naming the first setting in which two descriptions differ."""
    by_content = [n.removeprefix(DIGEST) for n in now if n.startswith(DIGEST)]
    for name in [*begun, *(name for name in now if name not in begun)]:
        if name in by_content and DIGEST + name in begun:
            continue  # Another spelling of the path to the same file.
        if begun.get(name) != now.get(name):
            raise UserError(
                f"{printable(name):.100} is {now.get(name)!r:.400}, but the run in "
                f"{folder} was begun with {begun.get(name)!r:.400}. Give the same to "
                "resume it, or choose another --output_dir."
            )
