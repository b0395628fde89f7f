"""A narrow VGG16 classifier, and what a segmenter gets of its weights."""

import keras
import numpy as np

NARROW = 4
"""Width of networks whose size does not matter."""


def tiny_classifier(top=True, fc=64 * NARROW):
    """VGG16 as in keras.applications, with fewer channels; random weights."""
    keras.utils.set_random_seed(7)
    image = keras.Input((224, 224, 3))
    x = image
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for index in range(1, count + 1):
            name = f"block{block}_conv{index}"
            filters = NARROW * min(2 ** (block - 1), 8)
            initializer = {"bias_initializer": "random_normal", "activation": "relu"}
            x = keras.layers.Conv2D(
                filters, 3, padding="same", name=name, **initializer
            )(x)
        x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)
    if top:
        x = keras.layers.Flatten(name="flatten")(x)
        for name in ("fc1", "fc2"):
            x = keras.layers.Dense(fc, name=name, **initializer)(x)
        x = keras.layers.Dense(10, name="predictions")(x)
    return keras.Model(image, x)


def assert_carried_over(segmenter, classifier, branches=("",)):
    """Every layer of VGG16 arrived, its fully connected ones subsampled."""
    received = {layer.name: layer.get_weights() for layer in segmenter.layers}
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Conv2D):
            for one, other in zip(
                received[layer.name], layer.get_weights(), strict=True
            ):
                np.testing.assert_array_equal(one, other)
    # Element by element: filter f of fc6 at (i, j) is unit 4 f of fc1 at (3 i, 3 j).
    kernel, bias = classifier.get_layer("fc1").get_weights()
    inputs = 8 * NARROW
    for branch in branches:
        kernel6, bias6 = received[f"fc6{branch}"]
        for i, j, c, f in [(0, 0, 0, 0), (1, 2, 5, 3), (2, 1, 31, 63)]:
            unit = kernel[(3 * i * 7 + 3 * j) * inputs + c, 4 * f]
            assert kernel6[i, j, c, f] == unit
            assert bias6[f] == bias[4 * f]
    kernel, bias = classifier.get_layer("fc2").get_weights()
    for branch in branches:
        kernel7, bias7 = received[f"fc7{branch}"]
        for g, f in [(0, 0), (17, 40), (63, 62)]:
            assert kernel7[0, 0, g, f] == kernel[4 * g, 4 * f]
            assert bias7[f] == bias[4 * f]
