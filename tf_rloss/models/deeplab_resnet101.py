"""DeepLab-ResNet101: three scales of the image, four fields of view each."""

import keras

from tf_rloss.layers import AtrousConv2D, CropLike, ScaleCorners, UpsampleCorners
from tf_rloss.models import caffe_deeplab
from tf_rloss.models.backbones import build_backbone, imagenet_weights
from tf_rloss.models.blocks import check_sizes, dtype_scope, make_segmenter
from tf_rloss.models.weights import Weights, copy_weights, load_weights

_DILATIONS = (6, 12, 18, 24)
_SCALES = {"x1": (1, 1), "x0.75": (3, 4), "x0.5": (1, 2)}
"""Factors of the image's size by name, as numerator and denominator."""
_MULTIPLE = 32
"""At sizes 32 k + 1 the cells lie on the corners at all three scales."""

SCALE_STRIDES = {"x1": 8, "x0.75": 8, "x0.5": 16}
"""Pixels per cell of the logits that `with_scales` uses at each scale."""


def DeepLabResNet101(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    weights: Weights = None,
    name: str = "deeplab_resnet101",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds DeepLab-ResNet101, layer by layer as the paper trained it.

    ResNet101 at stride 8 (dilation 2 in its fourth stage, 4 in its fifth) sees the
    image in full size and at 3/4 and 1/2 of it. Four 3x3 convolutions with dilations
    6, 12, 18 and 24 go from its 2048 channels straight to the classes and are added.
    All scales share all weights; of their logits, enlarged to stride 8, the largest
    counts, for each class by itself.

    Batch normalizations use the statistics and factors they start from, and none of
    their variables is trainable. The network is meant for crops of 32 k + 1 pixels
    (321 and 513 in the paper); other sizes are padded.

    The backbone is that of keras.applications, whose weights fit. It strides in the
    first 1x1 convolution of a stage, as Caffe's does. It differs in two things: its
    convolutions have biases (the published training leaves them as they are), and its
    batch normalization adds 1.001e-5 to the variance instead of 1e-5.

    Args:
        num_classes: number of classes K, at least 2.
        weights: None (random; then batch normalization does nothing), "imagenet"
            (the backbone's; Keras downloads them), or a `.keras`, `.weights.h5` or
            `.h5` file of ResNet101 in keras.applications or of this whole segmenter.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The pretrained part is one layer,
        a model named `backbone`; `head_logits_1` to `head_logits_4` are the
        classifiers.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded.

    Reference:
        Chen et al., DeepLab: Semantic Image Segmentation with Deep Convolutional Nets,
        Atrous Convolution, and Fully Connected CRFs, TPAMI 2018.
    """
    check_sizes(num_classes)
    with dtype_scope(dtype):
        trunk = _frozen_backbone()
        image, padded = caffe_deeplab.make_input(_MULTIPLE)
        logits = _fused_logits(padded, trunk, num_classes)
        model = make_segmenter(image, caffe_deeplab.upsample(logits), name=name)
    if weights == "imagenet":
        copy_weights(
            imagenet_weights("resnet101"), trunk, origin="imagenet", whole=model
        )
    elif weights is not None:
        load_weights(model, weights, backbone=trunk)
    return model


def _fused_logits(
    padded: keras.KerasTensor, trunk: keras.Model, num_classes: int
) -> keras.KerasTensor:
    """Returns the largest of the logits of all scales, at stride 8."""
    heads = [
        AtrousConv2D(
            num_classes,
            3,
            dilation_rate=dilation,
            padding="same",
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            name=f"head_logits_{number}",
        )
        for number, dilation in enumerate(_DILATIONS, start=1)
    ]
    aligned = []
    for scale, (zoom, shrink) in _SCALES.items():
        x = ScaleCorners(zoom, shrink, name=f"image_{scale}")(padded)
        features = trunk(x)
        x = keras.layers.Add(name=f"logits_{scale}")([head(features) for head in heads])
        aligned.append(ScaleCorners(shrink, zoom, name=f"aligned_{scale}")(x))
    return keras.layers.Maximum(name="fused")(aligned)


def with_scales(segmenter: keras.Model) -> keras.Model:
    """Adds the probabilities of each scale to a DeepLabResNet101, for its own loss.

    As in the paper's training, the logits of scale 3/4 are those enlarged to stride 8,
    and those of scale 1/2 are at stride 16. On a size 32 k + 1, the probabilities of
    every 8th pixel (every 16th for "x0.5") are those of the cells.

    Args:
        segmenter: keras.Model that `DeepLabResNet101` returned, or a loaded one.

    Returns:
        keras.Model of the same weights, from the image to `{"probs", "x1", "x0.75",
        "x0.5"}`, each (B, H, W, K), float32.
    """
    image = segmenter.input
    outputs = {"probs": segmenter.output}
    for scale, stride in SCALE_STRIDES.items():
        kind = "logits" if scale == "x0.5" else "aligned"
        x = segmenter.get_layer(f"{kind}_{scale}").output
        x = UpsampleCorners(stride, dtype="float32", name=f"upsample_{scale}")(x)
        x = CropLike(dtype="float32", name=f"crop_{scale}")(x, image)
        outputs[scale] = keras.layers.Softmax(dtype="float32", name=scale)(x)
    return keras.Model(image, outputs, name=f"{segmenter.name}_with_scales")


def _frozen_backbone() -> keras.Model:
    """Builds ResNet101 up to its deep features at stride 8; its statistics stay."""
    trunk = build_backbone("resnet101", 8)
    trunk = keras.Model(trunk.input, trunk.outputs[1], name="backbone")
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return trunk
