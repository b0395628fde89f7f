"""DeepLabV3+ on pretrained backbones."""

import keras

from tf_rloss.checks import check_choice
from tf_rloss.layers import AtrousConv2D, PadToMultiple, ResizeLike
from tf_rloss.models.backbones import BACKBONES, build_backbone, imagenet_weights
from tf_rloss.models.blocks import (
    check_sizes,
    conv_bn,
    dtype_scope,
    global_pool,
    make_segmenter,
)
from tf_rloss.models.weights import Weights, copy_weights, load_weights

_RATES = {16: (6, 12, 18), 8: (12, 24, 36)}
_ASPP_CHANNELS = 256
_FINE_CHANNELS = 48


def DeepLabV3Plus(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    backbone: str = "mobilenet_v2",
    output_stride: int = 16,
    weights: Weights = None,
    name: str | None = None,
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds DeepLabV3+: dilated backbone, atrous spatial pyramid pooling, decoder.

    Widths and rates are those of the PyTorch code of the regularized-loss papers. It
    has no dropout, and no batch normalization after the image pooling, so that a batch
    of one trains as well. On EfficientNet-Lite0 the decoder's convolutions are
    separable, as the reference proposes: a training step takes half as long on
    processors.

    Args:
        num_classes: number of classes K, at least 2.
        backbone: "efficientnet_lite0", "mobilenet_v2", "resnet50" or "resnet101".
        output_stride: pixels per cell of the deep features, 16 or 8 (finer, slower).
        weights: None (random), "imagenet" (the backbone's; Keras downloads them, and
            those of EfficientNet-Lite0 are in an optional package), or a `.keras`,
            `.weights.h5` or `.h5` file of the backbone in keras.applications or of
            this whole segmenter.
        name: name of the model; None for deeplab_v3_plus_<backbone>.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The pretrained part is one layer,
        a model named `backbone`; all others with weights are named `head_...`.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded, or their package is not
            installed.

    Reference:
        Chen et al., Encoder-Decoder with Atrous Separable Convolution for Semantic
        Image Segmentation, ECCV 2018.
    """
    check_sizes(num_classes)
    check_choice("output_stride", output_stride, tuple(_RATES))
    with dtype_scope(dtype):
        trunk = build_backbone(backbone, output_stride)
        separable = BACKBONES[backbone].separable_decoder

        # === Encoder ===
        image = keras.Input((None, None, 3), name="image")
        x = BACKBONES[backbone].normalize(name="normalize")(image)
        padded = PadToMultiple(output_stride, name="pad")(x)
        fine, deep = trunk(padded)

        # === Atrous spatial pyramid pooling ===
        x = _pyramid(deep, _RATES[output_stride])

        # === Decoder ===
        x = ResizeLike(name="head_resize")(x, fine)
        fine = conv_bn(fine, _FINE_CHANNELS, kernel=1, name="head_fine")
        x = keras.layers.Concatenate(name="head_concat")([x, fine])
        x = conv_bn(x, _ASPP_CHANNELS, name="head_decoder1", separable=separable)
        x = conv_bn(x, _ASPP_CHANNELS, name="head_decoder2", separable=separable)
        x = keras.layers.Conv2D(num_classes, 1, name="head_logits")(x)
        x = ResizeLike(dtype="float32", name="resize")(x, padded)
        name = name or f"deeplab_v3_plus_{backbone}"
        model = make_segmenter(image, x, name=name)
    if weights == "imagenet":
        copy_weights(imagenet_weights(backbone), trunk, origin="imagenet", whole=model)
    elif weights is not None:
        load_weights(model, weights, backbone=trunk)
    return model


def _pyramid(deep: keras.KerasTensor, rates: tuple[int, ...]) -> keras.KerasTensor:
    """Joins contexts of several sizes: 1x1, three dilated 3x3 and the whole image."""
    branches = [conv_bn(deep, _ASPP_CHANNELS, kernel=1, name="head_aspp_local")]
    for rate in rates:
        branches.append(
            conv_bn(
                deep,
                _ASPP_CHANNELS,
                dilation=rate,
                name=f"head_aspp_rate{rate}",
                layer=AtrousConv2D,
            )
        )
    pooled = global_pool(deep, _ASPP_CHANNELS, name="head_aspp_pool")
    pooled = keras.layers.ReLU(name="head_aspp_pool_relu")(pooled)
    branches.append(ResizeLike(name="head_aspp_pool_resize")(pooled, deep))
    x = keras.layers.Concatenate(name="head_aspp_concat")(branches)
    return conv_bn(x, _ASPP_CHANNELS, kernel=1, name="head_aspp")
