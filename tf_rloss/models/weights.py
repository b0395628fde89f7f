"""Loads initial weights from a file into the layers of the same names."""

import logging
import os
import pathlib
from collections.abc import Callable, Iterator

import h5py
import keras
import numpy as np

from tf_rloss.models.weights_file import open_weights

_MOST_COMPLAINTS = 5
_LOGGER = logging.getLogger(__name__)

Weights = str | os.PathLike | None
"""Argument of the networks: None (random), "imagenet", or the path of a file."""

Arrays = dict[str, list[np.ndarray]]
"""Arrays of layers by the layers' names, each in the order of `layer.weights`."""


def load_weights(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    backbone: keras.Model | None = None,
    convert: Callable[[Arrays], Arrays] | None = None,
) -> int:
    """Fills a segmenter, or only its backbone, from a file.

    Only arrays are read, never a layer's code. A file that has layers named `head...`
    is a segmenter's and must fit `model`; any other file is a backbone's and must fit
    `backbone` (other layers in the file, such as an ImageNet classifier, are ignored).

    Args:
        model: keras.Model.
        path: a `.keras` or `.weights.h5` file, or a `.h5` file in the format of
            Keras 2, as keras.applications offers weights for download.
        backbone: keras.Model, the part of `model` that a backbone's file fills; None
            if it has no such part.
        convert: function from the arrays of a backbone's file to those of `backbone`;
            None if they agree.

    Returns:
        The number of layers filled.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file cannot be read, or does not fit; names the layers.
    """
    found = read_weights(path)
    is_segmenter = any(name.startswith("head") for name in found)
    if not is_segmenter and backbone is None:
        raise ValueError(
            f"`weights` must be a file of the segmenter {model.name}, with layers "
            f"named `head...`. Received: {path}, which has none"
        )
    if not is_segmenter and convert is not None:
        found = convert(found)
    part = model if is_segmenter else backbone
    return copy_weights(found, part, origin=str(path), whole=model)


def copy_weights(
    found: Arrays,
    model: keras.Model,
    *,
    origin: str,
    whole: keras.Model | None = None,
) -> int:
    """Sets the layers of `model` from arrays; sets nothing unless all of them fit.

    Logs, at level INFO, how many layers of which network were filled.

    Args:
        found: {layer name: list of arrays, in the order of `layer.weights`}.
        model: keras.Model, possibly with models as layers.
        origin: file or source of `found`, for the messages.
        whole: the network that `model` is a part of, to count its layers; None if
            `model` is the whole network.

    Returns:
        The number of layers filled.

    Raises:
        ValueError: if a layer is missing from `found` or has other shapes.
    """
    layers = _layers_with_weights(model)
    complaints = [
        complaint for layer in layers if (complaint := _complain(layer, found))
    ]
    if complaints:
        more = len(complaints) - _MOST_COMPLAINTS
        listed = "; ".join(complaints[:_MOST_COMPLAINTS])
        raise ValueError(
            f"`weights` must fit the network {model.name}. {origin} does not: {listed}"
            + (f"; and {more} more layers" if more > 0 else "")
        )
    for layer in layers:
        layer.set_weights(found[layer.name])
    whole = model if whole is None else whole
    filled, total = len(layers), len(_layers_with_weights(whole))
    _LOGGER.info(
        "%d of %d layers of %s filled from %s", filled, total, whole.name, origin
    )
    return filled


def _layers_with_weights(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in _leaves(model) if layer.weights]


def _leaves(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields all layers, those of models within the model included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def _complain(layer: keras.layers.Layer, found: Arrays) -> str | None:
    """Returns the reason why `layer` cannot take its arrays, or None."""
    expected = [tuple(weight.shape) for weight in layer.weights]
    if layer.name not in found:
        return f"no layer `{layer.name}` {expected}"
    received = [array.shape for array in found[layer.name]]
    if received != expected:
        return f"layer `{layer.name}` has {received}, expected {expected}"
    return None


def read_weights(path: str | os.PathLike) -> Arrays:
    """Reads the arrays of all layers of a Keras file: {layer name: [array, ...]}.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file cannot be read, or `path` is "none".
    """
    if path == "none":
        raise ValueError(
            '`weights` must be None for random weights, "imagenet", or the path of a '
            "file. Received: weights='none'"
        )
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"`weights`: no such file: {path}")
    try:
        with open_weights(path) as file:
            # A whole model saved by Keras 2 keeps its weights in a group of its own.
            root = file.get("model_weights", file)
            found = _read_keras2(root) if "layer_names" in root.attrs else _read(root)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            "`weights` must be a .keras, .weights.h5 or .h5 file with weights. "
            f"Received: {path}, which cannot be read ({error})"
        ) from error
    if not found:
        raise ValueError(f"`weights`: {path} holds no layers with weights")
    return found


def _read(root: h5py.Group) -> Arrays:
    """Reads Keras 3's format: groups `.../vars` with a name and arrays 0, 1, ..."""
    found = {}

    def visit(group_name: str, group: h5py.Group) -> None:
        of_layer = group_name.endswith("/vars") and not group_name.startswith("opt")
        if of_layer and len(group) and "name" in group.attrs:
            arrays = [np.asarray(group[key]) for key in sorted(group, key=int)]
            found[str(group.attrs["name"])] = arrays

    root.visititems(visit)
    return found


def _read_keras2(root: h5py.Group) -> Arrays:
    """Reads Keras 2's format: one group per layer, which lists its arrays in order."""
    found = {}
    for layer in map(_text, root.attrs["layer_names"]):
        names = [_text(name) for name in root[layer].attrs["weight_names"]]
        if names:
            found[layer] = [np.asarray(root[layer][name]) for name in names]
    return found


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
