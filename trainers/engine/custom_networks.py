"""Networks of the user's own code: `--model=module:function`."""

import importlib
import os
import sys
from collections.abc import Sequence

import keras
import numpy as np

from ..errors import UserError

SEPARATOR = ":"
_SIDE = 33
"""Height and width in pixels of the image that a new network is tried on."""


def build_custom(
    name: str, num_classes: int, weights: str | None, channels: int = 3
) -> keras.Model:
    """Calls the user's function and checks the network that it returns.

    Args:
        name: "module:function"; the module is looked for in the present folder, too.
        num_classes: number of classes K, the argument of the function.
        weights: passed on as `weights=` if it is not None.
        channels: number of channels C of the images; passed on as `channels=` if they
            are not RGB.

    Returns:
        Keras model from images (B, H, W, C) in [0, 255] to probabilities (B, H, W, K).

    Raises:
        UserError: if there is no such function, it fails, or its network has another
            form.
    """
    module_name, _, function_name = name.partition(SEPARATOR)
    import_modules("model", [module_name])
    function = getattr(sys.modules[module_name], function_name, None)
    if not callable(function):
        raise UserError(f"--model={name}: {module_name} has no such function.")
    options = {} if weights is None else {"weights": weights}
    if channels != 3:
        options["channels"] = channels
    try:
        network = function(num_classes, **options)
    except Exception as error:
        raise UserError(
            f"--model={name}: the function failed: {type(error).__name__}: {error}"
        ) from error
    _check(name, network, num_classes, channels)
    return network


def import_modules(flag: str, names: Sequence[str]) -> None:
    """Imports modules, from the present folder, too.

    Raises:
        UserError: if one cannot be imported.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise UserError(f"--{flag}: cannot import {name!r}: {error}") from error


def _check(name: str, network: object, num_classes: int, channels: int) -> None:
    """Raises UserError unless a network maps images of any size to probabilities."""
    expected = (
        f"must return a Keras model from images (B, None, None, {channels}) in [0, "
        "255] to "
        f"probabilities (B, None, None, {num_classes})"
    )
    if not isinstance(network, keras.Model):
        raise UserError(f"--model={name} {expected}. Received: {type(network)}")
    try:
        shapes = network.input_shape, network.output_shape
    except AttributeError:
        shapes = None
    if shapes is None or shapes[0] != (None, None, None, channels):
        raise UserError(f"--model={name} {expected}. Received: shapes {shapes}")
    image = np.random.default_rng(0).uniform(0, 255, (1, _SIDE, _SIDE + 2, channels))
    probs = np.asarray(network(image.astype(np.float32), training=False))
    if probs.shape != (1, _SIDE, _SIDE + 2, num_classes):
        raise UserError(
            f"--model={name} {expected}. An image (1, {_SIDE}, {_SIDE + 2}, "
            f"{channels}) gave {probs.shape}"
        )
    sums = probs.sum(axis=-1)
    # Half precision rounds each of K probabilities to three digits.
    if probs.min() < 0.0 or np.abs(sums - 1.0).max() > 0.01:
        raise UserError(
            f"--model={name} {expected}. Its outputs sum to {sums.min():.3g} to "
            f"{sums.max():.3g}; if they are logits, end with a softmax"
        )
