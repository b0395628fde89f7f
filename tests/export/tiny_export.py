"""A tiny segmenter and its export, for the tests."""

import keras

from tf_rloss.export import save
from tf_rloss.labels import voc_palette

NAMES = ("background", "cat", "dog")


def tiny_segmenter(num_classes=3, seed=0):
    """Two layers, preprocessing inside, any size."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = keras.layers.BatchNormalization()(x)
    probs = keras.layers.Conv2D(num_classes, 1, activation="softmax")(x)
    return keras.Model(image, probs)


def save_tiny(path, segmenter=None, **changes):
    settings = {"class_names": NAMES, "palette": voc_palette(3), "card": {}}
    return save(segmenter or tiny_segmenter(), path, **(settings | changes))
