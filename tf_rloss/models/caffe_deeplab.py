"""The input and output layers that are common to the DeepLabs of Caffe."""

import logging
from collections.abc import Sequence

import keras

from tf_rloss.layers import CaffeNormalization, PadToCorners, UpsampleCorners
from tf_rloss.models import vgg16
from tf_rloss.models.weights import (
    Weights,
    copy_weights,
    load_weights,
    read_weights,
)

_LOGGER = logging.getLogger(__name__)


def make_input(
    channels: int, multiple: int = vgg16.STRIDE
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Returns the input, and the image normalized and padded to multiple k + 1."""
    image = keras.Input((None, None, channels), name="image")
    x = CaffeNormalization(vgg16.MEAN_BGR, name="normalize")(image)
    return image, PadToCorners(multiple, name="pad")(x)


def classify(
    x: keras.KerasTensor, num_classes: int, *, deviation: float = 0.01, name: str
) -> keras.KerasTensor:
    """Returns logits of the classes, by a 1x1 convolution that starts near zero.

    Args:
        x: tensor (B, h, w, C).
        num_classes: number of classes K.
        deviation: standard deviation of the initial kernel.
        name: name of the layer.

    Returns:
        Tensor (B, h, w, K).
    """
    return keras.layers.Conv2D(
        num_classes,
        1,
        kernel_initializer=keras.initializers.RandomNormal(stddev=deviation),
        name=name,
    )(x)


def upsample(logits: keras.KerasTensor) -> keras.KerasTensor:
    """Enlarges logits at stride 8 to the size of the padded image."""
    return UpsampleCorners(vgg16.STRIDE, dtype="float32", name="upsample")(logits)


def initialize(
    model: keras.Model,
    trunk: keras.Model,
    weights: Weights,
    *,
    width: int,
    branches: Sequence[str] = ("",),
    part: keras.Model | None = None,
) -> None:
    """Fills a segmenter, or those of its layers that a file has weights for.

    Args:
        model: the segmenter.
        trunk: keras.Model with all layers that VGG16 has weights for.
        weights: None, "imagenet", or a file of VGG16, of `part` or of the segmenter.
            Where a file of VGG16 has no fully connected layers (Keras' "notop"), fc6
            and fc7 keep their random weights, which is logged.
        width: number of channels of fc6 and fc7.
        branches: endings of the names of fc6 and fc7.
        part: keras.Model, a smaller segmenter within this one, or None.
    """

    def carry_over(found):
        return vgg16.carry_over(found, width, branches)

    if weights == "imagenet":
        found = carry_over(vgg16.imagenet_weights())
        copy_weights(found, trunk, origin="imagenet", whole=model)
    elif weights is not None:
        found = set(read_weights(weights))
        names = {layer.name for layer in model.layers if layer.weights}
        if part is not None and not names <= found:
            model = part
        if found & {"fc1", "fc2"} or any(name.startswith("head") for name in found):
            load_weights(model, weights, backbone=trunk, convert=carry_over)
            return
        convolutions = trunk.get_layer(vgg16.LAST_CONVOLUTION).output
        convolutions = keras.Model(trunk.input, convolutions, name="vgg16")
        load_weights(model, weights, backbone=convolutions)
        _LOGGER.info(
            "fc6 and fc7 start from random weights: %s has no fully connected layers",
            weights,
        )
