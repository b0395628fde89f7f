"""DeepLab-LargeFOV: VGG16 whose first fully connected layer is dilated by 12."""

import keras

from tf_rloss.models import caffe_deeplab, vgg16
from tf_rloss.models.blocks import check_sizes, dtype_scope, make_segmenter
from tf_rloss.models.weights import Weights

_DILATION = 12


def DeepLabLargeFOV(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    width: int = vgg16.WIDTH,
    weights: Weights = None,
    name: str = "deeplab_largefov",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds DeepLab-LargeFOV, layer by layer as the regularized-loss paper trained it.

    Cells lie on every 8th pixel, the first and last on the image's corners; logits are
    interpolated between them. So a loss on the labels of every 8th pixel, as in the
    paper's training, reads the cells themselves.

    Args:
        num_classes: number of classes K, at least 2.
        width: channels of the first block, 64 in VGG16; fc6 and fc7 have 16 times
            that. Fewer make a smaller network of the same shape.
        weights: None (random), "imagenet" (VGG16's; Keras downloads them), or a
            `.keras`, `.weights.h5` or `.h5` file of VGG16 in keras.applications or of
            this whole segmenter. Of VGG16's fully connected layers, fc6 and fc7 get
            every third row and column and every fourth channel. From a file without
            them ("notop"), fc6 and fc7 start from random weights, which is logged.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The probabilities
            are float32 whatever it is.

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
    check_sizes(num_classes, width)
    with dtype_scope(dtype):
        image, x = caffe_deeplab.make_input()
        blocks = vgg16.vgg16_blocks(x, width)
        features = large_field_of_view(blocks[-1], 16 * width)
        logits = caffe_deeplab.classify(features, num_classes, name="head_logits")
        model = make_segmenter(image, caffe_deeplab.upsample(logits), name=name)
    trunk = keras.Model(image, features, name="vgg16")
    caffe_deeplab.initialize(model, trunk, weights, channels=16 * width)
    return model


def large_field_of_view(x: keras.KerasTensor, channels: int) -> keras.KerasTensor:
    """Applies pool5a, fc6 and fc7 to VGG16's last block."""
    # Caffe counts the padding's zeros in the mean.
    x = keras.layers.ZeroPadding2D(1, name="pool5a_pad")(x)
    x = keras.layers.AveragePooling2D(3, 1, name="pool5a")(x)
    return vgg16.fully_connected(x, channels, _DILATION)
