"""DeepLab-VGG16 with ASPP-L: four fields of view whose logits are added."""

import keras

from tf_rloss.models import caffe_deeplab, vgg16
from tf_rloss.models.blocks import check_sizes, dtype_scope, make_segmenter
from tf_rloss.models.weights import Weights

_DILATIONS = {"_1": 6, "_2": 12, "_3": 18, "_4": 24}


def DeepLabVGG16(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    width: int = vgg16.WIDTH,
    weights: Weights = None,
    name: str = "deeplab_vgg16",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds DeepLab-VGG16 (ASPP-L), layer by layer as the paper trained it.

    Behind VGG16's blocks, four branches fc6, fc7, classifier with dilations 6, 12, 18
    and 24 in fc6; there is no average pooling as in DeepLab-LargeFOV.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the first block, 64 in VGG16.
        weights: as for `DeepLabLargeFOV`; all four branches start with the same fc6 and
            fc7.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The layers `head_logits_1` to
        `head_logits_4` are the classifiers.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded.

    Reference:
        Chen et al., DeepLab: Semantic Image Segmentation with Deep Convolutional Nets,
        Atrous Convolution, and Fully Connected CRFs, TPAMI 2018.
    """
    check_sizes(num_classes, width)
    channels = 16 * width
    with dtype_scope(dtype):
        image, x = caffe_deeplab.make_input()
        last = vgg16.vgg16_blocks(x, width)[-1]
        features = {
            branch: vgg16.fully_connected(last, channels, dilation, branch=branch)
            for branch, dilation in _DILATIONS.items()
        }
        logits = [
            caffe_deeplab.classify(x, num_classes, name=f"head_logits{branch}")
            for branch, x in features.items()
        ]
        logits = keras.layers.Add(name="head_sum")(logits)
        model = make_segmenter(image, caffe_deeplab.upsample(logits), name=name)
    trunk = keras.Model(image, list(features.values()), name="vgg16")
    caffe_deeplab.initialize(
        model, trunk, weights, channels=channels, branches=tuple(_DILATIONS)
    )
    return model
