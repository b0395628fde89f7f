"""Networks for ImageNet as backbones of any output stride, by dilation."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import keras

from tf_rloss.checks import check_choice
from tf_rloss.layers import BatchNormalization, CaffeNormalization
from tf_rloss.models import efficientnet_lite0
from tf_rloss.models.blocks import BATCH_NORM_MOMENTUM
from tf_rloss.models.weights import Arrays


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A network for ImageNet, described as a backbone.

    Attributes:
        application: function of keras.applications, or one that is called like those.
        normalize: returns the layer from RGB in [0, 255] to the input of the network.
        stride: layer name -> stride, in pixels of the image, of the layer's output in
            the original network.
        fine: layer whose output, at stride 4, shows fine details.
        deep: layer whose output is the most abstract.
        weights: returns the weights trained on ImageNet, by layer; None: those of
            keras.applications, which Keras downloads.
        separable_decoder: whether the decoder that belongs to it is separable.
    """

    application: Callable[..., keras.Model]
    normalize: Callable[..., keras.layers.Layer]
    stride: Callable[[str], int]
    fine: str
    deep: str
    weights: Callable[[], Arrays] | None = None
    separable_decoder: bool = False


def _mobilenet_v2_stride(name: str) -> int:
    block = re.match(r"block_(\d+)_", name)
    if not block:
        return 32 if name.startswith(("Conv_1", "out_relu")) else 2
    number = int(block[1])
    first_blocks = {32: 13, 16: 6, 8: 3, 4: 1}
    return next(stride for stride, first in first_blocks.items() if number >= first)


def _resnet_stride(name: str) -> int:
    stage = re.match(r"conv(\d)_", name)
    # Stages 2 to 5 are at strides 4, 8, 16 and 32.
    return 2 ** int(stage[1]) if stage else 2


def _efficientnet_stride(name: str) -> int:
    block = re.match(r"block(\d)", name)
    if block:
        return efficientnet_lite0.STAGE_STRIDES[int(block[1]) - 1]
    return 32 if name.startswith("top") else 2


def _resnet(application: Callable[..., keras.Model]) -> Backbone:
    return Backbone(
        application,
        normalize=CaffeNormalization,
        stride=_resnet_stride,
        fine="conv2_block3_out",
        deep="conv5_block3_out",
    )


def _minus_one_to_one(**kwargs: Any) -> keras.layers.Layer:
    return keras.layers.Rescaling(1 / 127.5, offset=-1.0, **kwargs)


BACKBONES = {
    "mobilenet_v2": Backbone(
        keras.applications.MobileNetV2,
        normalize=_minus_one_to_one,
        stride=_mobilenet_v2_stride,
        fine="block_2_add",
        deep="block_16_project_BN",
    ),
    "efficientnet_lite0": Backbone(
        efficientnet_lite0.EfficientNetLite0,
        normalize=efficientnet_lite0.normalization,
        stride=_efficientnet_stride,
        fine="block2b_add",
        deep="block7a_project_bn",
        weights=efficientnet_lite0.imagenet_weights,
        separable_decoder=True,
    ),
    "resnet50": _resnet(keras.applications.ResNet50),
    "resnet101": _resnet(keras.applications.ResNet101),
}
"""Backbones by name."""


def build_backbone(name: str, output_stride: int) -> keras.Model:
    """Builds a backbone of random weights whose output is at the given stride.

    Where the original would exceed `output_stride`, the backbone keeps its resolution
    and dilates its convolutions, so that each cell of a later output of the original is
    also a cell of the backbone's. Names, order and shapes of the weights are the
    original's.

    Args:
        name: one of `BACKBONES`.
        output_stride: pixels per cell of the deep features: 8, 16 or 32.

    Returns:
        keras.Model from a normalized image (B, H, W, 3), H and W multiples of
        `output_stride`, to the fine features (B, H/4, W/4, C1) and the deep features
        (B, H/output_stride, W/output_stride, C2).

    Raises:
        ValueError: for an unknown name or output stride.
    """
    check_choice("backbone", name, tuple(BACKBONES))
    check_choice("output_stride", output_stride, (8, 16, 32))
    backbone = BACKBONES[name]
    original = backbone.application(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )

    def dilate(layer: keras.layers.Layer) -> keras.layers.Layer:
        return _dilated(layer, backbone.stride(layer.name), output_stride)

    # Only the part up to the deep features is copied.
    outputs = [
        original.get_layer(layer).output for layer in (backbone.fine, backbone.deep)
    ]
    trunk = keras.Model(original.input, outputs, name="backbone")
    return keras.models.clone_model(trunk, clone_function=dilate)


def _dilated(
    layer: keras.layers.Layer, original_stride: int, output_stride: int
) -> keras.layers.Layer:
    """Returns a copy of `layer` for a network whose stride ends at `output_stride`.

    Args:
        layer: layer of the original network.
        original_stride: stride of its output, in pixels of the image.
        output_stride: the largest stride of the new network.
    """
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        config["momentum"] = BATCH_NORM_MOMENTUM
        return BatchNormalization.from_config(config)
    rate = original_stride // output_stride
    if rate > 1:
        if isinstance(layer, keras.layers.ZeroPadding2D):
            # It pads for the strided convolution behind it, which pads itself now.
            config["padding"] = ((0, 0), (0, 0))
        elif "dilation_rate" in config and max(config["kernel_size"]) > 1:
            # A convolution that strides reads cells of the resolution above.
            rate //= max(config["strides"])
            config.update(strides=(1, 1), dilation_rate=(rate, rate), padding="same")
        elif "strides" in config:
            config["strides"] = (1, 1)
    return layer.__class__.from_config(config)


def freeze_batch_norm(segmenter: keras.Model) -> None:
    """Makes the backbone's batch normalizations keep their statistics and factors.

    They then normalize in training as in inference, by the statistics of the images
    that the weights were trained on, and none of their variables is trained.

    Args:
        segmenter: a model with a layer `backbone`, which is a model.

    Raises:
        ValueError: if it has none, or no batch normalization in it.
    """
    found = [layer for layer in segmenter.layers if layer.name == "backbone"]
    norms = [
        layer
        for layer in (found[0].layers if found else ())
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not norms:
        raise ValueError(
            "`segmenter` must have batch normalization in a layer `backbone` to freeze "
            f"it. Received: {segmenter.name}"
        )
    for layer in norms:
        layer.trainable = False


def imagenet_weights(name: str) -> Arrays:
    """Returns weights trained on ImageNet: {layer name: [array, ...]}.

    Those of a network of keras.applications are downloaded by Keras.

    Raises:
        OSError: if they cannot be downloaded, or their package is not installed; the
            message suggests what to do.
        ValueError: if the package's file is damaged.
    """
    backbone = BACKBONES[name]
    if backbone.weights is not None:
        return backbone.weights()
    try:
        original = backbone.application(
            include_top=False, weights="imagenet", input_shape=(224, 224, 3)
        )
    except Exception as error:  # Keras raises the bare class for a failed download.
        raise OSError(
            f"The ImageNet weights of {name} could not be downloaded ({error}). "
            "Download keras.applications' `notop` file elsewhere and give its path as "
            "`weights`, or train from random weights with weights=None."
        ) from error
    return {layer.name: layer.get_weights() for layer in original.layers}
