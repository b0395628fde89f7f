"""A narrow stand-in for keras.applications' ResNet101, with its names and strides."""

import dataclasses

import keras

from tf_rloss.models import backbones

WIDTH = 2
"""Channels of the first block, 64 in ResNet101; the last has 32 times that."""
_BLOCKS = {2: 3, 3: 1, 4: 1, 5: 3}
"""Number of blocks of each stage; ResNet101 has 3, 4, 23 and 3."""


def tiny_resnet(include_top=False, weights=None, input_shape=(None, None, 3)):
    """Takes the arguments of `keras.applications.ResNet101`."""
    del include_top, weights
    layers = keras.layers

    def conv(x, filters, kernel, stride, name, relu=True):
        padding = "same" if kernel == 3 else "valid"
        x = layers.Conv2D(
            filters, kernel, stride, padding=padding, name=f"{name}_conv"
        )(x)
        x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)
        return layers.Activation("relu", name=f"{name}_relu")(x) if relu else x

    image = keras.Input(input_shape)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = conv(x, WIDTH, 7, 2, "conv1")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stage, blocks in _BLOCKS.items():
        for block in range(1, blocks + 1):
            name, filters = f"conv{stage}_block{block}", WIDTH * 2 ** (stage - 2)
            stride = 2 if stage > 2 and block == 1 else 1
            shortcut = x
            if block == 1:
                shortcut = conv(x, 4 * filters, 1, stride, f"{name}_0", relu=False)
            x = conv(x, filters, 1, stride, f"{name}_1")
            x = conv(x, filters, 3, 1, f"{name}_2")
            x = conv(x, 4 * filters, 1, 1, f"{name}_3", relu=False)
            x = layers.Add(name=f"{name}_add")([shortcut, x])
            x = layers.Activation("relu", name=f"{name}_out")(x)
    return keras.Model(image, x, name="resnet101")


def use_tiny_resnet(monkeypatch):
    """Lets networks on ResNet101 be built on the narrow one."""
    narrow = dataclasses.replace(
        backbones.BACKBONES["resnet101"], application=tiny_resnet
    )
    monkeypatch.setitem(backbones.BACKBONES, "resnet101", narrow)
