"""A segmenter followed by a dense CRF that is trained with it: CRF-as-RNN."""

from typing import Any

import keras

from tf_rloss.layers import CRFAsRNN

CRF_LAYER = "crf_as_rnn"
"""Name of the CRF's layer; the paths of its variables begin with it."""


def append_crf(segmenter: keras.Model, **settings: Any) -> keras.Model:
    """Returns a model whose probabilities are refined by a trainable CRF.

    The segmenter is one layer of the new model, so that both share their weights. The
    new model takes images of any size, and is saved and loaded as every segmenter; its
    graph holds the op of this package.

    Args:
        segmenter: model from the image (B, H, W, 3) to probabilities (B, H, W, K).
        **settings: arguments of `layers.CRFAsRNN`.

    Returns:
        keras.Model from the image to probabilities (B, H, W, K) in float32.

    Raises:
        ValueError: for a setting out of range.

    Reference:
        Zheng et al., Conditional Random Fields as Recurrent Neural Networks, ICCV 2015.
    """
    image = keras.Input(segmenter.input_shape[1:], name="image")
    crf = CRFAsRNN(name=CRF_LAYER, **settings)
    return keras.Model(
        image, crf(segmenter(image), image), name=f"{segmenter.name}_crf"
    )


def network_of(model: keras.Model) -> keras.Model:
    """Returns the segmenter in a model of `append_crf`; any other model itself."""
    if any(layer.name == CRF_LAYER for layer in model.layers):
        return next(x for x in model.layers if isinstance(x, keras.Model))
    return model
