"""DeepLab-LargeFOV: VGG16 whose first fully connected layer is dilated by 12."""

import keras

from tf_rloss.layers import (
    CaffeNormalization,
    CropLike,
    PadToCorners,
    UpsampleCorners,
)
from tf_rloss.models import vgg16
from tf_rloss.models.weights import copy_weights, load_weights

_DILATION = 12


def DeepLabLargeFOV(  # noqa: N802 (a model is called like the class it stands for)
    num_classes, *, width=vgg16.WIDTH, weights="none", name="deeplab_largefov"
):
    """Builds DeepLab-LargeFOV, layer by layer as the regularized-loss paper trained it.

    Cells lie on every 8th pixel, the first and last on the image's corners; logits are
    interpolated between them. So a loss on the labels of every 8th pixel, as in the
    paper's training, reads the cells themselves.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the first block, 64 in VGG16; fc6 and fc7 have 16 times
            that. Fewer make a smaller network of the same shape.
        weights: "none" (random), "imagenet" (VGG16's; Keras downloads them), or a
            `.keras`, `.weights.h5` or `.h5` file of VGG16 in keras.applications, its
            fully connected layers included, or of this whole segmenter. Of VGG16's
            fully connected layers, fc6 and fc7 get every third row and column and
            every fourth channel.
        name: name of the model.

    Returns:
        keras.Model from `image` (B, H, W, 3), float, RGB in [0, 255], any H and W, to
        softmax probabilities (B, H, W, K), float32. The layer `head_logits` is the
        classifier.

    Raises:
        ValueError: for an argument out of range, or weights that do not fit.
        FileNotFoundError: if there is no such file of weights.
        OSError: if the ImageNet weights cannot be downloaded.

    Reference:
        Chen et al., Semantic Image Segmentation with Deep Convolutional Nets and Fully
        Connected CRFs, ICLR 2015.
    """
    if num_classes < 2:
        raise ValueError(
            "`num_classes` must be at least 2 (background and one object). "
            f"Received: num_classes={num_classes}"
        )
    if width < 1:
        raise ValueError(f"`width` must be at least 1. Received: width={width}")
    channels = 16 * width

    # === VGG16 ===
    image = keras.Input((None, None, 3), name="image")
    x = CaffeNormalization(vgg16.MEAN_BGR, name="normalize")(image)
    x = PadToCorners(vgg16.STRIDE, name="pad")(x)
    x = vgg16.vgg16_blocks(x, width)[-1]
    # Caffe counts the padding's zeros in the mean.
    x = keras.layers.ZeroPadding2D(1, name="pool5a_pad")(x)
    x = keras.layers.AveragePooling2D(3, 1, name="pool5a")(x)
    x = vgg16.fully_connected(x, channels, _DILATION)
    trunk = keras.Model(image, x, name="vgg16")

    # === Head ===
    x = keras.layers.Conv2D(
        num_classes,
        1,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        name="head_logits",
    )(x)
    x = UpsampleCorners(vgg16.STRIDE, dtype="float32", name="upsample")(x)
    x = CropLike(dtype="float32", name="crop")(x, image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(x)

    model = keras.Model(image, probs, name=name)
    if weights == "imagenet":
        found = vgg16.carry_over(vgg16.imagenet_weights(), channels)
        copy_weights(found, trunk, origin="imagenet")
    elif weights != "none":
        load_weights(
            model,
            weights,
            backbone=trunk,
            convert=lambda found: vgg16.carry_over(found, channels),
        )
    return model
