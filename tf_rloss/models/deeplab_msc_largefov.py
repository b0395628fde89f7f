"""DeepLab-MSc-LargeFOV: LargeFOV, with classifiers on the image and on each pooling."""

import keras

from tf_rloss.layers import FineConv2D, SumCorners
from tf_rloss.models import caffe_deeplab, vgg16
from tf_rloss.models.blocks import check_sizes, dtype_scope, make_segmenter
from tf_rloss.models.deeplab_largefov import large_field_of_view
from tf_rloss.models.weights import Weights

_STRIDES = {"data": 8, "pool1": 4, "pool2": 2, "pool3": 1, "pool4": 1}
"""Stride of the first convolution of each branch when training."""
_DEVIATIONS = {
    "data": (0.001, 0.001, 0.01),
    "pool1": (0.001, 0.001, 0.01),
    "pool2": (0.001, 0.001, 0.01),
    "pool3": (0.001, 0.001, 0.0),
    "pool4": (0.001, 0.005, 0.01),
}
"""Standard deviations of the initial kernels of each branch's three layers."""

BRANCH_PREFIX = "branch_"
"""Beginning of the names of the branches' layers; all others are LargeFOV's."""


def DeepLabMScLargeFOV(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    width: int = vgg16.WIDTH,
    weights: Weights = None,
    name: str = "deeplab_msc_largefov",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds DeepLab-MSc-LargeFOV, layer by layer as the paper trained it.

    Branches of two convolutions and a classifier read the image and the first four
    pooling layers of DeepLab-LargeFOV, and all logits are added. When training, the
    branches go down to stride 8; when predicting, each keeps the resolution of what
    it reads, and logits are added at that of the image.

    The paper trains the branches alone, on top of a LargeFOV that was trained with
    the CRF loss before.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the first block, 64 in VGG16; the branches have twice that.
        weights: as for `DeepLabLargeFOV`, or a file of a `DeepLabLargeFOV` with the
            same classes.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. Layers of the branches are named
        `branch_...`, LargeFOV's classifier `head_logits`.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded.

    Reference:
        Chen et al., Semantic Image Segmentation with Deep Convolutional Nets and Fully
        Connected CRFs, ICLR 2015, section 4.3.
    """
    check_sizes(num_classes, width)
    with dtype_scope(dtype):
        image, padded = caffe_deeplab.make_input()
        blocks = vgg16.vgg16_blocks(padded, width)
        features = large_field_of_view(blocks[-1], 16 * width)
        logits = caffe_deeplab.classify(features, num_classes, name="head_logits")
        largefov = keras.Model(image, logits, name="deeplab_largefov")
        trunk = keras.Model(image, features, name="vgg16")

        sources = zip(_STRIDES, [padded, *blocks[:4]], strict=True)
        branches = [_branch(x, num_classes, 2 * width, source) for source, x in sources]
        logits = SumCorners(dtype="float32", name="sum")([*branches, logits], padded)
        model = make_segmenter(image, logits, name=name)
    caffe_deeplab.initialize(model, trunk, weights, channels=16 * width, part=largefov)
    return model


def _branch(
    x: keras.KerasTensor, num_classes: int, channels: int, source: str
) -> keras.KerasTensor:
    """Applies a convolution, a fully connected layer and a classifier."""
    conv, fc, classifier = _DEVIATIONS[source]
    name = f"{BRANCH_PREFIX}{source}"
    x = FineConv2D(
        channels,
        3,
        training_strides=_STRIDES[source],
        activation="relu",
        kernel_initializer=keras.initializers.RandomNormal(stddev=conv),
        name=f"{name}_conv",
    )(x)
    x = keras.layers.Dropout(0.5, name=f"{name}_conv_drop")(x)
    x = keras.layers.Conv2D(
        channels,
        1,
        activation="relu",
        kernel_initializer=keras.initializers.RandomNormal(stddev=fc),
        name=f"{name}_fc",
    )(x)
    x = keras.layers.Dropout(0.5, name=f"{name}_fc_drop")(x)
    return caffe_deeplab.classify(
        x, num_classes, deviation=classifier, name=f"{name}_logits"
    )
