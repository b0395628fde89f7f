"""Pieces which several networks are built of."""

import keras

from tf_rloss.checks import check_integer
from tf_rloss.layers import BatchNormalization

BATCH_NORM_MOMENTUM = 0.95
"""Of moving statistics, per step.

A run here is some hundred steps up to some thousand, in which Keras' own 0.99 (and the
0.999 of MobileNetV2) would keep statistics of weights long gone.
"""


def check_sizes(num_classes, width=1, least_width=1):
    """Raises ValueError if the number of classes or of channels is too small."""
    check_integer("num_classes", num_classes, 2, note="background and one object")
    check_integer("width", width, least_width, note="channels")


def conv_bn(x, filters, kernel=3, stride=1, dilation=1, *, relu=True, name):
    """Convolution, batch normalization and, unless `relu` is off, a rectifier."""
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        dilation_rate=dilation,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x) if relu else x


def global_pool(x, filters, *, name):
    """Mean over the image, projected to `filters` channels: (B, 1, 1, filters).

    There is no batch normalization, since one value per image has no variance within
    a batch of one. The mean is in float32: a sum over a large image overflows float16.
    """
    x = keras.layers.GlobalAveragePooling2D(
        keepdims=True, dtype="float32", name=f"{name}_mean"
    )(x)
    return keras.layers.Conv2D(filters, 1, kernel_initializer="he_normal", name=name)(x)
