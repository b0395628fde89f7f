"""SmallDeepLab: a segmentation network that trains from scratch on two CPU cores."""

import keras

from tf_rloss.checks import check_choice
from tf_rloss.layers import PadToMultiple, ResizeLike
from tf_rloss.models.blocks import (
    check_sizes,
    conv_bn,
    dtype_scope,
    global_pool,
    make_segmenter,
)
from tf_rloss.models.weights import Weights, load_weights

_OUTPUT_STRIDE = 8
_DILATIONS = (1, 2, 4, 8, 1)


def SmallDeepLab(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    width: int = 64,
    detail_stride: int = 4,
    weights: Weights = None,
    channels: int = 3,
    name: str = "small_deeplab",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds a small residual DeepLab: 0.5 M parameters, output at the input's size.

    A stem and one residual block go down to stride 8, dilated residual blocks with a
    global-pool branch see the surroundings of a pixel, and a decoder joins them with
    fine features, where thin objects are still visible. All convolutions are plain:
    depthwise ones save multiplications, not time, on a CPU.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the blocks at stride 8, at least 8.
        detail_stride: pixels per cell of the decoder, 4 or 2. At 2, borders and thin
            parts are sharper, for an eighth more time.
        weights: None (random), or a `.keras` or `.weights.h5` file of this network.
        channels: number of channels C of the images, from 0 to 255 each.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, C), float, in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The layer `head_logits` is the
        classifier.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.

    Reference:
        Chen et al., Rethinking Atrous Convolution for Semantic Image Segmentation
        (dilation, image pooling) and Encoder-Decoder with Atrous Separable
        Convolution (decoder), both reduced to what a CPU trains in minutes.
    """
    check_sizes(num_classes, width, least_width=8, channels=channels)
    check_choice("detail_stride", detail_stride, (2, 4))
    if weights == "imagenet":
        raise ValueError(
            "`weights` must be None or a file, since there are no ImageNet weights of "
            "SmallDeepLab. Received: weights='imagenet'"
        )
    middle = width * 3 // 4
    # Cells at stride 2 are four times as many, so each has fewer channels.
    decoder, details = (middle, 24) if detail_stride == 4 else (width // 2, 16)

    with dtype_scope(dtype):
        # === Encoder ===
        image = keras.Input((None, None, channels), name="image")
        x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="normalize")(image)
        x = padded = PadToMultiple(_OUTPUT_STRIDE, name="pad")(x)
        stem1 = conv_bn(x, width // 2, stride=2, name="stem1")
        stem2 = conv_bn(stem1, middle, stride=2, name="stem2")
        fine = stem2 if detail_stride == 4 else stem1
        x = _residual(stem2, width, stride=2, name="down")
        for index, dilation in enumerate(_DILATIONS, start=1):
            x = _residual(x, width, dilation=dilation, name=f"context{index}")
        pooled = global_pool(x, width, name="pool")
        x = conv_bn(x, width, kernel=1, relu=False, name="context")
        x = keras.layers.Add(name="context_add")([x, pooled])
        x = keras.layers.ReLU(name="context_relu")(x)

        # === Decoder ===
        x = conv_bn(x, decoder, kernel=1, name="decoder_context")
        x = ResizeLike(name="decoder_resize")(x, fine)
        fine = conv_bn(fine, details, kernel=1, name="decoder_fine")
        x = keras.layers.Concatenate(name="decoder_concat")([x, fine])
        x = conv_bn(x, decoder, name="decoder")

        # === Head ===
        x = keras.layers.Conv2D(num_classes, 1, name="head_logits")(x)
        x = ResizeLike(dtype="float32", name="resize")(x, padded)
        model = make_segmenter(image, x, name=name)
    if weights is not None:
        load_weights(model, weights)
    return model


def _residual(
    x: keras.KerasTensor,
    filters: int,
    stride: int = 1,
    dilation: int = 1,
    *,
    name: str,
) -> keras.KerasTensor:
    """Computes relu(shortcut + two 3x3 convolutions)."""
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = conv_bn(x, filters, 1, stride, relu=False, name=f"{name}_shortcut")
    x = conv_bn(x, filters, 3, stride, dilation, name=f"{name}_conv1")
    x = conv_bn(x, filters, 3, 1, dilation, relu=False, name=f"{name}_conv2")
    x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return keras.layers.ReLU(name=f"{name}_relu")(x)
