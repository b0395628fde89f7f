"""What the DeepLabs of Caffe have in common before and behind their networks."""

import keras

from tf_rloss.layers import (
    CaffeNormalization,
    CropLike,
    PadToCorners,
    UpsampleCorners,
)
from tf_rloss.models import vgg16
from tf_rloss.models.weights import copy_weights, load_weights, read_weights


def make_input(multiple=vgg16.STRIDE):
    """Returns the input, and the image, normalized and padded to multiple k + 1."""
    image = keras.Input((None, None, 3), name="image")
    x = CaffeNormalization(vgg16.MEAN_BGR, name="normalize")(image)
    return image, PadToCorners(multiple, name="pad")(x)


def classify(x, num_classes, *, deviation=0.01, name):
    """Logits of the classes, by a 1x1 convolution that starts near zero.

    Args:
        x: tensor (B, h, w, C).
        num_classes: number of classes K.
        deviation: standard deviation of the initial kernel.
        name: of the layer.

    Returns:
        Tensor (B, h, w, K).
    """
    return keras.layers.Conv2D(
        num_classes,
        1,
        kernel_initializer=keras.initializers.RandomNormal(stddev=deviation),
        name=name,
    )(x)


def upsample(logits):
    """Logits at stride 8 to those of every pixel of the padded image."""
    return UpsampleCorners(vgg16.STRIDE, dtype="float32", name="upsample")(logits)


def make_segmenter(image, logits, *, name):
    """Returns the model from the image to probabilities of its size.

    Args:
        image: the input.
        logits: of every pixel of the padded image.
        name: of the model.
    """
    x = CropLike(dtype="float32", name="crop")(logits, image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(x)
    return keras.Model(image, probs, name=name)


def initialize(model, trunk, weights, *, channels, branches=("",), part=None):
    """Fills a segmenter, or what a file has of it.

    Args:
        model: the segmenter.
        trunk: keras.Model with all layers that VGG16 has weights for.
        weights: "none", "imagenet", or a file of VGG16, of `part` or of the segmenter.
        channels: of fc6 and fc7.
        branches: endings of the names of fc6 and fc7.
        part: keras.Model, a smaller segmenter within this one, or None.
    """

    def carry_over(found):
        return vgg16.carry_over(found, channels, branches)

    if weights == "imagenet":
        found = carry_over(vgg16.imagenet_weights())
        copy_weights(found, trunk, origin="imagenet", whole=model)
    elif weights != "none":
        names = {layer.name for layer in model.layers if layer.weights}
        if part is not None and not names <= set(read_weights(weights)):
            model = part
        load_weights(model, weights, backbone=trunk, convert=carry_over)
