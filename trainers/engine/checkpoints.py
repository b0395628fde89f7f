"""Checkpoints of a run: complete or absent, the newest readable one restored."""

import pathlib
from collections.abc import Mapping

import tensorflow as tf

from tf_rloss.data.source import printable
from tf_rloss.files import flush

from ..errors import TrainingError, UserError

KEPT = 2
"""Checkpoints kept, so that one is left should the newest be unreadable."""


class Checkpoints:
    """Saves and restores named groups of variables.

    TensorFlow writes the files of a checkpoint under temporary names. Only when the
    disk has them whole is the checkpoint named in the folder's index, which is replaced
    as a whole. So a process may be killed, or the power fail, at any moment.

    Args:
        folder: folder of the checkpoints.
        state: groups of variables; the same groups are needed to restore.
        writable: whether `save` writes; with several workers only the chief does.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        state: Mapping[str, list[tf.Variable]],
        writable: bool = True,
    ):
        self._checkpoint = tf.train.Checkpoint(**state)
        self._folder = folder
        self._writable = writable
        self._manager: tf.train.CheckpointManager | None = None

    def restore(self) -> bool:
        """Restores the newest readable checkpoint; returns whether there was one."""
        began = not (self._folder / "checkpoint").exists()
        paths = self._newest_first()
        unreadable = None
        for path in paths:
            try:
                self._checkpoint.restore(path).assert_consumed()
                return True
            except Exception as error:  # Damaged files raise errors of many kinds.
                reason = " ".join(str(error).split())
                unreadable = unreadable or f"{printable(path):.300}: {reason:.200}"
        if unreadable and began:  # The first one was not whole when the run was killed.
            print(f"No checkpoint in {self._folder} is whole: the run begins anew.")
        elif unreadable:
            raise UserError(
                f"No checkpoint in {self._folder} can be read ({unreadable}). Choose "
                "another --output_dir, or delete this one."
            )
        return False

    def _newest_first(self) -> list[str]:
        """Returns the checkpoints that the index names, or those that lie there."""
        try:
            index = tf.train.get_checkpoint_state(str(self._folder))
        except ValueError:
            index = None
        if index is not None:
            return list(reversed(index.all_model_checkpoint_paths))
        # The index is damaged or missing; the numbers of checkpoints are steps.
        if self._writable:
            (self._folder / "checkpoint").unlink(missing_ok=True)
        found = [path.with_suffix("") for path in self._folder.glob("ckpt-*.index")]
        numbered = [path for path in found if path.name[len("ckpt-") :].isdigit()]
        numbered.sort(key=lambda path: -int(path.name[len("ckpt-") :]))
        return [str(path) for path in numbered]

    def save(self, step: int) -> None:
        """Writes a checkpoint and drops the oldest.

        Raises:
            TrainingError: if it cannot be written.
        """
        if not self._writable:
            return
        if self._manager is None:
            self._manager = tf.train.CheckpointManager(
                self._checkpoint, str(self._folder), max_to_keep=KEPT
            )
        try:
            options = tf.train.CheckpointOptions(
                experimental_write_callbacks=[_flush_checkpoint]
            )
            self._manager.save(checkpoint_number=step, options=options)
            self._drop_unnamed()
        except (tf.errors.OpError, OSError) as error:  # Full disk, or folder gone.
            reason = " ".join(getattr(error, "message", str(error)).split())
            raise TrainingError(
                f"A checkpoint cannot be written to {self._folder}: {reason:.200}. "
                "Mend that; the same command then goes on from the checkpoint before."
            ) from error

    def _drop_unnamed(self) -> None:
        """Deletes what killed processes left: checkpoints that the index lacks."""
        named = {pathlib.Path(path).name for path in self._manager.checkpoints}
        for path in self._folder.glob("ckpt-*.*"):
            if path.name.partition(".")[0] not in named:
                path.unlink(missing_ok=True)


def _flush_checkpoint(path: str) -> None:
    """Waits until the disk has the files of a checkpoint, and their names."""
    prefix = pathlib.Path(path)
    for file in prefix.parent.glob(f"{prefix.name}.*"):
        flush(file)
    flush(prefix.parent)
    flush(prefix.parent.parent)  # The first checkpoint made its folder.
