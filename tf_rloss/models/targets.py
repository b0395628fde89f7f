"""A training model that passes the same output to several losses.

A Keras loss sees (y_true, y_pred) only, and a regularizer needs the image. So the
image becomes a target like any other: the training model returns the segmenter's
output once for each target, and the dataset yields
`image, {"scribble": scribble, "image": image}`.
"""

import re
import textwrap
from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from tf_rloss.layers.shapes import Shape
from tf_rloss.ops import has_xla_kernels


@keras.saving.register_keras_serializable(package="tf_rloss")
class TargetOutput(keras.layers.Layer):
    """Passes probabilities or logits on as the output for one target, in float32.

    It also tells Keras whether a training step with the filter in its losses can be
    compiled by XLA. A loss cannot say so; but before Keras compiles a step it asks
    every layer.
    """

    def __init__(self, **kwargs: Any) -> None:
        # Under a mixed policy a layer would cast its output to float16.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.supports_jit = has_xla_kernels()

    def call(self, output: tf.Tensor) -> tf.Tensor:
        return output

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


def attach_targets(segmenter: keras.Model, names: Iterable[str]) -> keras.Model:
    """Returns a model that gives the segmenter's output for each target.

    Both models share their weights: train the one, then evaluate and export the
    other, which knows nothing of targets, losses or this package's op.

    Args:
        segmenter: a model with one input, the image (B, H, W, C), or a volume (B, D,
            H, W, C), and one output of this size with K channels: probabilities, or
            logits for losses with `from_logits=True`. It may be a subclass of
            `keras.Model`, for RGB; the image may have a fixed size.
        names: names of the targets, such as ("scribble", "image"): the keys of
            `loss`, `loss_weights` and `metrics` in `compile`, and of the second
            element that the dataset yields.

    Returns:
        keras.Model from the image to {name: the segmenter's output in float32}.

    Raises:
        ValueError: if `names` is empty, holds a name twice or is no list of names,
            or if the segmenter is no model, has several inputs or outputs, or does
            not label pixels.

    Example:
        model = attach_targets(segmenter, ["scribble", "image"])
        model.compile(
            optimizer="adam",
            loss={"scribble": PartialCrossentropy(), "image": KernelCutLoss()},
            loss_weights={"scribble": 1.0, "image": 0.3},
        )
        model.fit(dataset)  # of image, {"scribble": scribble, "image": image}
    """
    names = _check_names(names)
    image = _make_input(segmenter)
    output = _call(segmenter, image)
    # Logs and metrics are named by the keys. The layers' own names only have to
    # differ from that of the input.
    outputs = {name: TargetOutput(name=f"{name}_target")(output) for name in names}
    return keras.Model(image, outputs, name=f"{segmenter.name}_with_targets")


def _make_input(segmenter: object) -> keras.KerasTensor:
    """Returns an input like that of a model; images of any size if it names none."""
    if not isinstance(segmenter, keras.Model):
        raise ValueError(
            "`segmenter` must be a keras.Model from images (B, H, W, 3) to "
            f"probabilities or logits (B, H, W, K). Received: {type(segmenter)}"
        )
    # Subclasses of keras.Model have no such attribute.
    inputs = getattr(segmenter, "inputs", None) or [keras.Input((None, None, 3))]
    if len(inputs) != 1:
        raise ValueError(
            "`segmenter` must have one input, the image (B, H, W, 3). "
            f"Received: {len(inputs)} inputs, {_names(inputs)}"
        )
    return keras.Input(
        batch_shape=inputs[0].shape, dtype=inputs[0].dtype, name="image_input"
    )


def _reason(error: Exception) -> str:
    """Returns what went wrong, without the frame that Keras puts around it."""
    text = str(error).rpartition("Error encountered:")[2]
    text = re.sub(r"\x1b\[\d*m", "", text.partition("Arguments received by")[0])
    return textwrap.shorten(text, 240, placeholder=" ...")


def _call(segmenter: keras.Model, image: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the one output of a model, with a class axis for each pixel."""
    try:
        outputs = keras.tree.flatten(segmenter(image))
    except Exception as error:  # Code of the user, which may raise anything.
        raise ValueError(
            f"`segmenter` {segmenter.name!r} cannot be called with images of shape "
            f"{tuple(image.shape)}: {type(error).__name__}: {_reason(error)}"
        ) from error
    if len(outputs) != 1:
        raise ValueError(
            "`segmenter` must have one output (B, H, W, K). Choose one, as in "
            "keras.Model(segmenter.inputs, segmenter.outputs[0]). Received: "
            f"{len(outputs)} outputs, {_names(outputs)}"
        )
    if len(outputs[0].shape) not in (4, 5):
        raise ValueError(
            "`segmenter` must return probabilities or logits of each pixel, "
            "(B, H, W, K), or (B, D, H, W, K) of volumes. "
            f"Received: an output of shape {tuple(outputs[0].shape)}"
        )
    return outputs[0]


def _names(tensors: list[keras.KerasTensor]) -> str:
    return ", ".join(f"{tensor.name} {tuple(tensor.shape)}" for tensor in tensors)


def _check_names(names: Iterable[str]) -> list[str]:
    checked = [] if isinstance(names, str) else list(names)
    are_names = all(isinstance(name, str) and name for name in checked)
    if not checked or not are_names or len(set(checked)) < len(checked):
        raise ValueError(
            "`names` must be a list of distinct names of targets, such as "
            f'["scribble", "image"]. Received: names={names!r}'
        )
    return checked
