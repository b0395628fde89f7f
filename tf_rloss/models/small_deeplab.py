"""SmallDeepLab: a segmentation network that trains from scratch on two CPU cores."""

import keras

from tf_rloss.layers import FusedBatchNormalization, ResizeLike

_DILATIONS = (1, 2, 4, 8, 1)
# A run is a few hundred steps: the statistics must follow the weights faster than
# Keras' own 0.99 allows.
_BATCH_NORM_MOMENTUM = 0.95


def SmallDeepLab(num_classes, *, width=64, name="small_deeplab"):
    """Builds a small residual DeepLab: 0.5 M parameters, output at the input's size.

    A stem and one residual block go down to stride 8, dilated residual blocks with a
    global-pool branch see the surroundings of a pixel, and a decoder joins them with
    the features at stride 4, where thin objects are still visible. All convolutions
    are plain: depthwise ones save multiplications, not time, on a CPU.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the blocks at stride 8.
        name: name of the model.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The layer `head_logits` is the
        classifier.

    Raises:
        ValueError: if `num_classes` or `width` is too small.

    Reference:
        Chen et al., Rethinking Atrous Convolution for Semantic Image Segmentation
        (dilation, image pooling) and Encoder-Decoder with Atrous Separable
        Convolution (decoder), both reduced to what a CPU trains in minutes.
    """
    if num_classes < 2:
        raise ValueError(
            "`num_classes` must be at least 2 (background and one object). "
            f"Received: num_classes={num_classes}"
        )
    if width < 8:
        raise ValueError(f"`width` must be at least 8. Received: width={width}")

    # === Encoder ===
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="normalize")(image)
    x = _conv(x, width // 2, stride=2, name="stem1")
    x = fine = _conv(x, width * 3 // 4, stride=2, name="stem2")
    x = _residual(x, width, stride=2, name="down")
    for index, dilation in enumerate(_DILATIONS, start=1):
        x = _residual(x, width, dilation=dilation, name=f"context{index}")
    x = _add_global_pool(x, width)

    # === Decoder ===
    x = _conv(x, width * 3 // 4, kernel=1, name="decoder_context")
    x = ResizeLike(name="decoder_resize")(x, fine)
    fine = _conv(fine, 24, kernel=1, name="decoder_fine")
    x = keras.layers.Concatenate(name="decoder_concat")([x, fine])
    x = _conv(x, width * 3 // 4, name="decoder")

    # === Head ===
    x = keras.layers.Conv2D(num_classes, 1, name="head_logits")(x)
    x = ResizeLike(dtype="float32", name="resize")(x, image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(x)
    return keras.Model(image, probs, name=name)


def _conv(x, filters, kernel=3, stride=1, dilation=1, relu=True, *, name):
    """Convolution, batch norm and, unless it feeds a sum, a rectifier."""
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
    x = FusedBatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x) if relu else x


def _residual(x, filters, stride=1, dilation=1, *, name):
    """relu(shortcut + two 3x3 convolutions)."""
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = _conv(x, filters, 1, stride, relu=False, name=f"{name}_shortcut")
    x = _conv(x, filters, 3, stride, dilation, name=f"{name}_conv1")
    x = _conv(x, filters, 3, 1, dilation, relu=False, name=f"{name}_conv2")
    x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _add_global_pool(x, filters):
    """relu(1x1 convolution of x + projection of the mean of x over the image)."""
    # The mean is in float32: a sum over a large image overflows float16.
    pooled = keras.layers.GlobalAveragePooling2D(
        keepdims=True, dtype="float32", name="pool"
    )(x)
    pooled = keras.layers.Conv2D(filters, 1, name="pool_project")(pooled)
    x = _conv(x, filters, 1, relu=False, name="pool_local")
    x = keras.layers.Add(name="pool_add")([x, pooled])
    return keras.layers.ReLU(name="pool_relu")(x)
