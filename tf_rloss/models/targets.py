"""A training model that passes the same output to several losses.

A Keras loss sees (y_true, y_pred) only, and a regularizer needs the image. So the
image becomes a target like any other: the training model returns the segmenter's
probabilities once for each target, and the dataset yields
`image, {"scribble": scribble, "image": image}`.
"""

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from tf_rloss.layers.shapes import Shape
from tf_rloss.ops import has_xla_kernels


@keras.saving.register_keras_serializable(package="tf_rloss")
class TargetOutput(keras.layers.Layer):
    """Passes probabilities on as the output for one target, in float32 by default.

    It also tells Keras whether a training step with the filter in its losses can be
    compiled by XLA. A loss cannot say so; but before Keras compiles a step it asks
    every layer.
    """

    def __init__(self, **kwargs: Any) -> None:
        # Under a mixed policy a layer would cast its output to float16.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.supports_jit = has_xla_kernels()

    def call(self, probs: tf.Tensor) -> tf.Tensor:
        return probs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


def attach_targets(segmenter: keras.Model, names: Iterable[str]) -> keras.Model:
    """Returns a model that gives the segmenter's probabilities for each target.

    Both models share their weights: train the one, then evaluate and export the
    other, which knows nothing of targets, losses or this package's op.

    Args:
        segmenter: a model with one input, the image (B, H, W, 3), and one output,
            the probabilities (B, H, W, K).
        names: names of the targets, such as ("scribble", "image"): the keys of
            `loss`, `loss_weights` and `metrics` in `compile`, and of the second
            element that the dataset yields.

    Returns:
        keras.Model from the image to {name: probabilities in float32}.

    Raises:
        ValueError: if `names` is empty, holds a name twice or is no list of names,
            or if the segmenter has several inputs or outputs.

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
    if len(segmenter.inputs) != 1 or len(segmenter.outputs) != 1:
        raise ValueError(
            "`segmenter` must have one input and one output. "
            f"Received: {len(segmenter.inputs)} inputs, "
            f"{len(segmenter.outputs)} outputs"
        )
    image = keras.Input(
        batch_shape=segmenter.inputs[0].shape,
        dtype=segmenter.inputs[0].dtype,
        name="image_input",
    )
    probs = segmenter(image)
    # Logs and metrics are named by the keys. The layers' own names only have to
    # differ from that of the input.
    outputs = {name: TargetOutput(name=f"{name}_target")(probs) for name in names}
    return keras.Model(image, outputs, name=f"{segmenter.name}_with_targets")


def _check_names(names: Iterable[str]) -> list[str]:
    checked = [] if isinstance(names, str) else list(names)
    are_names = all(isinstance(name, str) and name for name in checked)
    if not checked or not are_names or len(set(checked)) < len(checked):
        raise ValueError(
            "`names` must be a list of distinct names of targets, such as "
            f'["scribble", "image"]. Received: names={names!r}'
        )
    return checked
