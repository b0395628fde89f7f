"""Checkpoints of a run: complete or absent, the newest readable one restored."""

import pathlib
from collections.abc import Mapping

import tensorflow as tf

from ..errors import UserError

KEPT = 2
"""Checkpoints kept, so that one is left should the newest be unreadable."""


class Checkpoints:
    """Saves and restores named groups of variables.

    TensorFlow writes the files of a checkpoint under temporary names. Only when they
    are complete does it name the checkpoint in the folder's index, which it replaces
    as a whole. So a process may be killed at any moment.

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
        index = tf.train.get_checkpoint_state(str(self._folder))
        paths = reversed(index.all_model_checkpoint_paths) if index else ()
        unreadable = None
        for path in paths:
            try:
                self._checkpoint.restore(path).assert_consumed()
                return True
            except (tf.errors.OpError, ValueError) as error:
                unreadable = f"{path}: {error}"
        if unreadable:
            raise UserError(
                f"No checkpoint in {self._folder} can be read ({unreadable}). Choose "
                "another --output_dir, or delete this one."
            )
        return False

    def save(self, step: int) -> None:
        """Writes a checkpoint and drops the oldest."""
        if not self._writable:
            return
        if self._manager is None:
            self._manager = tf.train.CheckpointManager(
                self._checkpoint, str(self._folder), max_to_keep=KEPT
            )
        self._manager.save(checkpoint_number=step)
