"""Segmenters: functions that return a Keras model from an image to probabilities."""

import functools

import keras

from tf_rloss.checks import check_choice
from tf_rloss.models.appended_crf import CRF_LAYER, append_crf, network_of
from tf_rloss.models.backbones import BACKBONES, freeze_batch_norm
from tf_rloss.models.deeplab_largefov import DeepLabLargeFOV
from tf_rloss.models.deeplab_msc_largefov import DeepLabMScLargeFOV
from tf_rloss.models.deeplab_resnet101 import DeepLabResNet101, with_scales
from tf_rloss.models.deeplab_v3_plus import DeepLabV3Plus
from tf_rloss.models.deeplab_vgg16 import DeepLabVGG16
from tf_rloss.models.small_deeplab import SmallDeepLab
from tf_rloss.models.tag_classifier import TagClassifier, tag_classifier_of
from tf_rloss.models.targets import attach_targets
from tf_rloss.models.weights import Weights

_BUILDERS = {
    "small_deeplab": SmallDeepLab,
    "deeplab_largefov": DeepLabLargeFOV,
    "deeplab_msc_largefov": DeepLabMScLargeFOV,
    "deeplab_vgg16": DeepLabVGG16,
    "deeplab_resnet101": DeepLabResNet101,
} | {
    f"deeplab_v3_plus_{backbone}": functools.partial(DeepLabV3Plus, backbone=backbone)
    for backbone in BACKBONES
}

NAMES = tuple(_BUILDERS)
"""Names of segmenters that `build` knows."""


def build(
    name: str,
    num_classes: int,
    weights: Weights = None,
    dtype: str | keras.DTypePolicy | None = None,
    channels: int = 3,
) -> keras.Model:
    """Builds the segmenter called `name`.

    Args:
        name: one of `NAMES`.
        num_classes: number of classes K.
        weights: None (random), "imagenet" (the backbone's; Keras downloads them, or
            they are in an optional package), or a file of weights.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.
        channels: number of channels C of the images. Weights that learned from RGB
            serve any C; see `weights.fit_stem`.

    Returns:
        keras.Model from `image` (B, H, W, C) to probabilities (B, H, W, K).

    Raises:
        ValueError: for an unknown name, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded, or their package is not
            installed.
    """
    check_choice("name", name, NAMES)
    return _BUILDERS[name](num_classes, weights=weights, dtype=dtype, channels=channels)


__all__ = [
    "CRF_LAYER",
    "NAMES",
    "DeepLabLargeFOV",
    "DeepLabMScLargeFOV",
    "DeepLabResNet101",
    "DeepLabV3Plus",
    "DeepLabVGG16",
    "SmallDeepLab",
    "TagClassifier",
    "append_crf",
    "attach_targets",
    "build",
    "freeze_batch_norm",
    "network_of",
    "tag_classifier_of",
    "with_scales",
]
