"""Parts that several networks are built from."""

import contextlib
from collections.abc import Iterator

import keras

from tf_rloss.checks import check_integer
from tf_rloss.layers import BatchNormalization, CropLike

BATCH_NORM_MOMENTUM = 0.95
"""Momentum of the moving statistics, for each step.

Runs have some hundred to some thousand steps. With Keras' own 0.99 (and the 0.999 of
MobileNetV2) the statistics would still be those of much earlier weights.
"""


@contextlib.contextmanager
def dtype_scope(dtype: str | keras.DTypePolicy | None) -> Iterator[None]:
    """Makes `dtype` the policy of the layers that are made inside.

    Args:
        dtype: type or policy, such as "mixed_float16"; None leaves Keras' own.
    """
    before = keras.config.dtype_policy()
    if dtype is not None:
        keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def check_sizes(num_classes: int, width: int = 1, least_width: int = 1) -> None:
    """Raises ValueError if the number of classes or of channels is too small."""
    check_integer("num_classes", num_classes, 2, note="background and one object")
    check_integer("width", width, least_width, note="channels")


def conv_bn(
    x: keras.KerasTensor,
    filters: int,
    kernel: int = 3,
    stride: int = 1,
    dilation: int = 1,
    *,
    relu: bool = True,
    name: str,
    layer: type[keras.layers.Conv2D] = keras.layers.Conv2D,
    separable: bool = False,
) -> keras.KerasTensor:
    """Applies a convolution, batch normalization and, if `relu` is set, a rectifier.

    A separable one filters each channel by itself, before a 1 x 1 convolution.
    """
    if separable:
        x = keras.layers.DepthwiseConv2D(
            kernel,
            strides=stride,
            dilation_rate=dilation,
            padding="same",
            use_bias=False,
            depthwise_initializer=keras.initializers.VarianceScaling(2.0, "fan_out"),
            name=f"{name}_depthwise",
        )(x)
        kernel = stride = dilation = 1
    x = layer(
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


def global_pool(x: keras.KerasTensor, filters: int, *, name: str) -> keras.KerasTensor:
    """Returns the mean over the image, projected to `filters` channels.

    The result is (B, 1, 1, filters). There is no batch normalization, since one value
    per image has no variance within a batch of one. The mean is in float32: a sum over
    a large image overflows float16.
    """
    x = keras.layers.GlobalAveragePooling2D(
        keepdims=True, dtype="float32", name=f"{name}_mean"
    )(x)
    return keras.layers.Conv2D(filters, 1, kernel_initializer="he_normal", name=name)(x)


def make_segmenter(
    image: keras.KerasTensor, logits: keras.KerasTensor, *, name: str
) -> keras.Model:
    """Returns the model from the image to probabilities of its size.

    Args:
        image: the input.
        logits: tensor (B, H', W', K), logits of every pixel of the padded image.
        name: name of the model.
    """
    x = CropLike(dtype="float32", name="crop")(logits, image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(x)
    return keras.Model(image, probs, name=name)
