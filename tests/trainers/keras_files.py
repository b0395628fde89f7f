"""Weights in `.keras` files of any segmenter."""

import hashlib
import pathlib

import keras


def digest(path: pathlib.Path) -> str:
    """Returns a name for the very bits of the weights in a file."""
    weights = keras.saving.load_model(path, compile=False).get_weights()
    content = b"".join(weight.tobytes() for weight in weights)
    return hashlib.sha256(content).hexdigest()
