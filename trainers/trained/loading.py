"""Loading of trained segmenters from a run's folder, a `.keras` file, a SavedModel."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

import tf_rloss.models  # noqa: F401, registers the layers that .keras files name
from tf_rloss import export
from tf_rloss.labels import voc_palette
from tf_rloss.models.weights_file import check_weights
from tf_rloss.ops import LibraryError

from ..engine.custom_networks import import_modules
from ..engine.run_files import is_whole
from ..engine.run_folder import BEST_WEIGHTS, LAST_WEIGHTS, RunFolder
from ..errors import UserError


@dataclasses.dataclass(frozen=True, eq=False)
class Trained:
    """A segmenter, and the names, colours, settings and scores that are known.

    Attributes:
        path: the `.keras` file, or the folder of the SavedModel.
        segmenter: maps images (B, H, W, 3) to probabilities (B, H, W, K).
        class_names: K names; None where they are not written down.
        palette: uint8 array (K, 3), RGB.
        config: `flags` and `data` of its run; {} where they are not written down.
        scores: `mean_iou`, ... on the validation set of its run, or {}.
        network_scale: factor by which images are resized for the network, because it
            learned from images of that scale.
        resizes: whether the segmenter resizes them itself, as an exported model does.
    """

    path: pathlib.Path
    segmenter: Callable
    class_names: tuple[str, ...] | None
    palette: np.ndarray
    config: dict[str, Any]
    scores: dict[str, Any]
    network_scale: float = 1.0
    resizes: bool = False

    @property
    def ignore_ids(self) -> list[int]:
        """Labels in the files of its training that marked pixels without a label."""
        return self.config.get("data", {}).get("training ignored ids", [])

    @property
    def image_scale(self) -> float:
        """Factor by which images have to be resized before they reach `segmenter`."""
        return 1.0 if self.resizes else self.network_scale

    @property
    def num_classes(self) -> int:
        return len(self.palette)


def load_trained(flag: str, path: str, modules: Sequence[str] | None = None) -> Trained:
    """Loads a segmenter from any file or folder that a program has written.

    Args:
        flag: name of the flag that `path` comes from, for messages.
        path: a `.keras` file, the folder of a run (its `last.keras` is meant), or a
            SavedModel of `trainers.export`.
        modules: modules to import first, which register the layers of a network.

    Raises:
        UserError: if there is no such thing, or it cannot be read.
    """
    import_modules("modules", modules or ())
    location = pathlib.Path(path)
    if export.is_saved_model(location):
        return _load_exported(flag, location)
    if location.is_dir():
        location = location / LAST_WEIGHTS
    if not location.is_file():
        raise UserError(
            f"--{flag} must be a .keras file, the folder of a run that has "
            f"{LAST_WEIGHTS}, or an exported SavedModel. Not found: {location}"
        )
    segmenter = _load_keras(flag, location)
    config, scores = _read_run(location)
    described = config.get("data", {})
    num_classes = segmenter.output_shape[-1]
    if not _describes(described, num_classes):
        raise UserError(
            f"{location.parent / 'config.json'} does not describe the network in "
            f"{location.name}, which has {num_classes} classes: names, colours, image "
            "scale or ignored ids are damaged or those of another run. Restore it, or "
            "delete it to do without."
        )
    names = described.get("training classes")
    palette = described.get("training palette", voc_palette(num_classes))
    return Trained(
        path=location,
        segmenter=segmenter,
        class_names=tuple(names) if names else None,
        palette=np.array(palette, np.uint8),
        config=config,
        scores=scores,
        network_scale=described.get("training image scale", 1.0),
    )


def _describes(data: dict[str, Any], num_classes: int) -> bool:
    """Returns whether the classes in config.json fit a network, where they are told."""
    names = data.get("training classes")
    palette = data.get("training palette", voc_palette(num_classes).tolist())
    scale = data.get("training image scale", 1.0)
    ignored = data.get("training ignored ids", [])
    try:
        colours = np.array(palette)
    except ValueError:  # Rows of several lengths.
        return False
    return (
        (names is None or (_are(str, names) and len(names) == num_classes))
        and colours.shape == (num_classes, 3)
        and colours.dtype.kind == "i"
        and 0 <= colours.min() <= colours.max() <= 255
        and type(scale) in (int, float)
        and 0.0 < scale < float("inf")
        and _are(int, ignored)
    )


def _are(kind: type, values: Any) -> bool:
    """Returns whether a value is a list of one kind."""
    return isinstance(values, list) and all(type(value) is kind for value in values)


def _load_exported(flag: str, path: pathlib.Path) -> Trained:
    try:
        model = export.load_exported(path)
    except (ValueError, LibraryError) as error:
        raise UserError(f"--{flag}: {error}") from error
    card = model.card
    config = {name: card[name] for name in ("flags", "data") if name in card}
    return Trained(
        path=path,
        segmenter=model,
        class_names=model.class_names,
        palette=model.palette,
        config=config,
        scores=card.get("metrics", {}),
        network_scale=card.get("image_scale", 1.0),
        resizes=True,
    )


def _load_keras(flag: str, file: pathlib.Path) -> keras.Model:
    """Reads a whole model; code in the file is not run (Keras' safe mode)."""
    if file.suffix != ".keras" or not is_whole(file):
        raise UserError(
            f"--{flag} must be a .keras file that holds a whole segmenter. Received a "
            f"damaged file or one of another kind: {file}"
        )
    try:
        check_weights(file)
        segmenter = keras.saving.load_model(file, compile=False)
    except Exception as error:  # Damaged files make Keras raise errors of all kinds.
        reason = f"{error!s:.240}".strip() or type(error).__name__
        reason = reason.splitlines()[0]
        raise UserError(f"--{flag}={file} cannot be read: {reason}") from error
    shape = segmenter.output_shape
    if (
        not isinstance(shape, tuple)
        or len(shape) != 4
        or not isinstance(shape[-1], int)
    ):
        raise UserError(
            f"--{flag}={file} is not a segmenter: it must have one output "
            f"(B, H, W, K), not {shape}."
        )
    return segmenter


def _read_run(file: pathlib.Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns settings and scores from the folder that `file` lies in."""
    folder = RunFolder(str(file.parent), writable=False)
    kinds = {LAST_WEIGHTS: "last", BEST_WEIGHTS: "best"}
    if file.name not in kinds or not folder.config.is_file():
        return {}, {}
    return folder.read_config(), folder.read_metrics().get(kinds[file.name]) or {}
