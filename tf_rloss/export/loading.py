"""Loads an exported model, with its class names and colours."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from tf_rloss import ops
from tf_rloss.export.labels_asset import read_labels


@dataclasses.dataclass(frozen=True, eq=False)
class ExportedModel:
    """An exported segmenter, which can be called like the segmenter itself.

    Attributes:
        class_names: K names.
        palette: uint8 array (K, 3), RGB.
        card: the model card.
        signatures: functions of the SavedModel by name.
    """

    class_names: tuple[str, ...]
    palette: np.ndarray
    card: dict
    signatures: Mapping[str, Callable] = dataclasses.field(repr=False)
    # Weights live as long as the loaded object does, not as its signatures do.
    _loaded: object = dataclasses.field(repr=False)

    def __call__(self, image: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the probabilities (B, H, W, K) of images (B, H, W, C).

        Args:
            image: tensor in [0, 255], RGB or as the card says.
            training: False; an exported model does not train.

        Raises:
            ValueError: if `training` is true.
        """
        if training:
            raise ValueError("An exported model cannot train: pass training=False.")
        image = tf.cast(image, tf.float32)
        return self.signatures["serving_default"](image=image)["probabilities"]

    def label_map(self, image: np.ndarray) -> np.ndarray:
        """Returns the label map, uint8 (H, W), of an image (H, W, C) in [0, 255]."""
        batch = tf.constant(image[np.newaxis], tf.float32)
        return self.signatures["serving_default"](image=batch)["labels"][0].numpy()


def is_saved_model(path: str | os.PathLike) -> bool:
    """Returns whether `path` is the folder of a SavedModel."""
    return (pathlib.Path(path) / "saved_model.pb").is_file()


def load_exported(path: str | os.PathLike) -> ExportedModel:
    """Loads a model that `save` wrote.

    Args:
        path: the folder.

    Returns:
        The model with its class names, palette and card.

    Raises:
        FileNotFoundError: if there is no SavedModel.
        ValueError: if the SavedModel was not written by `save`.
        LibraryError: if it needs the ops of this package and they are not built.
    """
    path = pathlib.Path(path)
    if not is_saved_model(path):
        raise FileNotFoundError(
            f"No SavedModel at `{path}` (expected a folder with saved_model.pb)."
        )
    try:
        class_names, palette = read_labels(path / "assets")
        card = json.loads((path / "model_card.json").read_text(encoding="utf-8"))
        if not isinstance(card, dict):
            raise ValueError("model_card.json holds no object")
    except (FileNotFoundError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The SavedModel at `{path}` was not written by tf_rloss.export.save: "
            f"{error}"
        ) from error
    if card.get("custom_ops"):
        ops.load_library()
    loaded = tf.saved_model.load(str(path))
    return ExportedModel(class_names, palette, card, loaded.signatures, loaded)
