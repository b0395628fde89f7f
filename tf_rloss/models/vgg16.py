"""VGG16 as the DeepLabs of Caffe use it, and the conversion of ImageNet weights.

All convolutions keep the names they have in keras.applications; the fully connected
layers become convolutions named `fc6` and `fc7`.
"""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from tf_rloss.layers import AtrousConv2D

STRIDE = 8
"""Pixels of the image per cell of the last feature maps."""
WIDTH = 64
"""Channels of the first block."""
LAST_CONVOLUTION = "block5_conv3"
"""The last layer whose weights Keras' "notop" files have."""
MEAN_BGR = (104.008, 116.669, 122.675)
"""Mean colour of the training images of Caffe's VGG16."""

_BLOCKS = ((2, 2), (2, 2), (3, 2), (3, 1), (3, 1))
"""Number of convolutions of each block, and stride of the pooling behind them."""
_CONTRAST = 64.0
"""Approximate standard deviation of a photograph's intensities."""


def vgg16_blocks(
    image: keras.KerasTensor, width: int = WIDTH
) -> list[keras.KerasTensor]:
    """Applies the five blocks of convolutions, down to stride 8.

    Pooling windows are 3x3 with strides 2, 2, 2, 1, 1. The convolutions behind the
    fourth are dilated by 2, so that they read the cells that they would read at stride
    16.

    Args:
        image: tensor (B, H, W, 3), normalized, H and W of the form 8 k + 1.
        width: channels of the first block; the others have 2, 4, 8 and 8 times that.

    Returns:
        The outputs of the five pooling layers, at strides 2, 4, 8, 8 and 8.
    """
    outputs = []
    x = image
    for block, (count, stride) in enumerate(_BLOCKS, start=1):
        for index in range(1, count + 1):
            first = block == index == 1
            x = keras.layers.Conv2D(
                width * min(2 ** (block - 1), 8),
                3,
                dilation_rate=2 if block == 5 else 1,
                padding="same",
                activation="relu",
                # Random weights bring the image's intensities to order one.
                kernel_initializer=_initializer(_CONTRAST if first else 1.0),
                name=f"block{block}_conv{index}",
            )(x)
        x = keras.layers.MaxPooling2D(3, stride, "same", name=f"block{block}_pool")(x)
        outputs.append(x)
    return outputs


def fully_connected(
    x: keras.KerasTensor, channels: int, dilation: int, *, branch: str = ""
) -> keras.KerasTensor:
    """Applies fc6, dilated, and fc7, each with dropout, as convolutions.

    Args:
        x: tensor (B, h, w, C).
        channels: number of channels of both layers.
        dilation: dilation of the 3x3 kernel of fc6, in cells.
        branch: appended to the layers' names.

    Returns:
        Tensor (B, h, w, channels).
    """
    for name, kernel, rate in (("6", 3, dilation), ("7", 1, 1)):
        x = AtrousConv2D(
            channels,
            kernel,
            dilation_rate=rate,
            padding="same",
            activation="relu",
            kernel_initializer=_initializer(),
            name=f"fc{name}{branch}",
        )(x)
        x = keras.layers.Dropout(0.5, name=f"drop{name}{branch}")(x)
    return x


def _initializer(scale_of_input: float = 1.0) -> keras.initializers.Initializer:
    """Returns He's initializer for inputs of the given standard deviation."""
    return keras.initializers.VarianceScaling(
        2.0 / scale_of_input**2, "fan_in", "truncated_normal"
    )


def imagenet_weights() -> dict[str, list[np.ndarray]]:
    """Downloads weights trained on ImageNet by Keras: {layer name: [array, ...]}.

    Raises:
        OSError: if they cannot be downloaded; its message suggests what to do instead.
    """
    try:
        original = keras.applications.VGG16(weights="imagenet")
    except Exception as error:  # Keras raises the bare class for a failed download.
        raise OSError(
            f"The ImageNet weights of vgg16 could not be downloaded ({error}). "
            "Download the file of keras.applications with the fully connected layers "
            "elsewhere and give its path as `weights`, or train from random weights "
            "with weights=None."
        ) from error
    return {layer.name: layer.get_weights() for layer in original.layers}


def carry_over(
    found: Mapping[str, list[np.ndarray]],
    channels: int,
    branches: Sequence[str] = ("",),
) -> dict[str, list[np.ndarray]]:
    """Makes the convolutions fc6 and fc7 from a classifier's layers `fc1` and `fc2`.

    A fully connected layer on 7x7 cells is a 7x7 convolution. Of its kernel every
    third row and column is kept, which leaves 3x3, to be dilated. Of its channels,
    which are a multiple of `channels`, every fourth of 4096 is kept; likewise in fc7.

    Args:
        found: {layer name: [kernel, bias]} of VGG16 in keras.applications.
        channels: number of channels of fc6 and fc7.
        branches: endings of the layers' names. There is one pair of equal layers for
            each.

    Returns:
        `found`, with fc6 and fc7 added.

    Raises:
        ValueError: if the layers are missing or have other shapes.
    """
    if not {"fc1", "fc2"} <= set(found):
        raise ValueError(
            "`weights` must be of VGG16 with its fully connected layers `fc1` and "
            f"`fc2` (include_top=True). Received: layers {sorted(found)}"
        )
    (kernel6, bias6), (kernel7, bias7) = found["fc1"], found["fc2"]
    inputs, outputs = kernel6.shape
    if inputs % 49 or outputs % channels or kernel7.shape != (outputs, outputs):
        raise ValueError(
            "`weights`: `fc1` must be (49 C, m F) and `fc2` (m F, m F), for "
            f"F={channels} channels. Received: {kernel6.shape} and {kernel7.shape}"
        )
    step = outputs // channels
    # Keras flattens rows, columns, channels, in this order.
    kernel6 = kernel6.reshape(7, 7, -1, outputs)[::3, ::3, :, ::step]
    kernel7 = kernel7[np.newaxis, np.newaxis, ::step, ::step]
    made = {}
    for branch in branches:
        made[f"fc6{branch}"] = [kernel6, bias6[::step]]
        made[f"fc7{branch}"] = [kernel7, bias7[::step]]
    return {**found, **made}
