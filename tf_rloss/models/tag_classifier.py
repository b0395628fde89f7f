"""A classifier of image tags whose scores are maps that show where objects are."""

import keras

from tf_rloss.models.blocks import check_sizes, conv_bn, dtype_scope


def TagClassifier(  # noqa: N802 (a model is called like the class it stands for)
    num_classes: int,
    *,
    width: int = 64,
    channels: int = 3,
    name: str = "tag_classifier",
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Builds a small fully convolutional network from an image to activation maps.

    Each cell of stride 4 sees 15 x 15 pixels only. A deeper network classifies better
    but localizes worse: its cells respond to objects that are beside them.

    Args:
        num_classes: number of classes K, at least 2, the background included.
        width: channels before the classifier, at least 8.
        channels: number of channels C of the images, from 0 to 255 each.
        name: name of the model.
        dtype: type or policy of the layers, as in every Keras layer. The maps are
            float32 whatever it is.

    Returns:
        keras.Model from `image` (B, H, W, C), float, in [0, 255], any H and W, to
        activation maps (B, ceil(H / 4), ceil(W / 4), K), float32, of any range. Their
        mean over an image is the logit of each tag: see `losses.tag_crossentropy`.

    Raises:
        ValueError: for an argument out of range.

    Reference:
        Zhou et al.: Learning Deep Features for Discriminative Localization, CVPR 2016.
    """
    check_sizes(num_classes, width, least_width=8, channels=channels)
    with dtype_scope(dtype):
        image = keras.Input((None, None, channels), name="image")
        x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="normalize")(image)
        x = conv_bn(x, width // 2, stride=2, name="stem1")
        x = conv_bn(x, width * 3 // 4, stride=2, name="stem2")
        x = conv_bn(x, width, name="features1")
        x = conv_bn(x, width, kernel=1, name="features2")
        maps = keras.layers.Conv2D(num_classes, 1, dtype="float32", name="head_maps")(x)
        return keras.Model(image, maps, name=name)


def tag_classifier_of(segmenter: keras.Model) -> keras.Model:
    """Returns the part of a segmenter up to its classifier, as a classifier of tags.

    It suits segmenters with pretrained weights, which tell objects apart already.
    Both models share their weights.

    Args:
        segmenter: a model with a layer `head_logits`.

    Returns:
        keras.Model from the image to activation maps (B, h, w, K).

    Raises:
        ValueError: if there is no such layer.
    """
    try:
        maps = segmenter.get_layer("head_logits").output
    except ValueError as error:
        raise ValueError(
            "`segmenter` must have one classifier, called `head_logits`. "
            f"Received: {segmenter.name}"
        ) from error
    return keras.Model(segmenter.input, maps, name=f"{segmenter.name}_maps")
