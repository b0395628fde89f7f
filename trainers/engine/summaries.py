"""TensorBoard summaries, where the tensorboard package is installed."""

import importlib.util
import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow as tf


class Summaries:
    """Writer of scalars and pictures, which writes nothing if it is not enabled.

    Args:
        folder: folder of the event files.
        enabled: whether to write them.
    """

    def __init__(self, folder: pathlib.Path, enabled: bool):
        self._writer = None
        # tf.summary raises without the package, which TensorFlow does not require.
        if enabled and importlib.util.find_spec("tensorboard") is not None:
            self._writer = tf.summary.create_file_writer(str(folder))

    def scalars(self, step: int, values: Mapping[str, float | None]) -> None:
        """Writes the values that exist."""
        if self._writer is None:
            return
        with self._writer.as_default(step):
            for name, value in values.items():
                if value is not None:
                    tf.summary.scalar(name, value)
        self._writer.flush()

    def picture(self, step: int, name: str, picture: np.ndarray | None) -> None:
        """Writes an RGB uint8 picture (H, W, 3)."""
        if self._writer is None or picture is None:
            return
        with self._writer.as_default(step):
            tf.summary.image(name, picture[np.newaxis])
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
