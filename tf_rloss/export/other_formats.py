"""Models for other runtimes than TensorFlow: ONNX and LiteRT."""

import contextlib
import importlib.util
import io
import pathlib
import warnings
from collections.abc import Sequence

import keras

from tf_rloss.checks import check_choice

SAVED_MODEL = "savedmodel"
FILES = {"onnx": "model.onnx", "litert": "model.tflite"}
"""Format -> the file in the folder of the export."""
FORMATS = (SAVED_MODEL, *FILES)
_NEEDED = {"onnx": ("tf2onnx", "onnx")}


def check_formats(formats: Sequence[str], custom_ops: bool) -> None:
    """Checks that models can be written in these formats.

    Args:
        formats: some of `FORMATS`.
        custom_ops: whether the model may hold ops of this package.

    Raises:
        ValueError: if there is no format or an unknown one, or one that knows no ops of
            this package.
        ImportError: if a package that writes the format is not installed; the message
            has the command that installs it.
    """
    if not formats:
        raise ValueError("`formats` must name one format at least.")
    for name in formats:
        check_choice("formats", name, FORMATS)
        if custom_ops and name != SAVED_MODEL:
            raise ValueError(
                f"The format {name} knows stock ops only, and a dense CRF is an op of "
                "this package. Export without it, and refine the probabilities outside."
            )
        missing = [m for m in _NEEDED.get(name, ()) if not importlib.util.find_spec(m)]
        if missing:
            raise ImportError(
                f"The format {name} needs {' and '.join(missing)}, which are not "
                f'installed. Run: pip install "tf_rloss[{name}]"'
            )


def write_formats(
    segmenter: keras.Model, formats: Sequence[str], folder: pathlib.Path
) -> None:
    """Writes a segmenter in every format but SavedModel.

    Each file takes `image`, float32 (B, H, W, C) in [0, 255] of any size, and returns
    the probabilities, float32 (B, H, W, K). LiteRT fixes a size when its interpreter
    allocates tensors: call `resize_tensor_input` first.

    Args:
        segmenter: Keras model of stock ops.
        formats: some of `FORMATS`.
        folder: an existing folder.
    """
    shape = (None, None, None, segmenter.input_shape[-1])
    image = keras.InputSpec(shape=shape, dtype="float32", name="image")
    for name in formats:
        if name == SAVED_MODEL:
            continue
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # The converters' own deprecations.
            segmenter.export(
                str(folder / FILES[name]),
                format=name,
                input_signature=[image],
                verbose=False,
            )
