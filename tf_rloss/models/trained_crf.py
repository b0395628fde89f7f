"""A segmenter with a dense CRF behind it that is trained with it: CRF-as-RNN."""

import keras

from tf_rloss.layers import CRFAsRNN

CRF_LAYER = "crf_as_rnn"
"""Name of the CRF's layer, with which the paths of its variables begin."""


def append_crf(segmenter: keras.Model, **settings) -> keras.Model:
    """Returns a model whose probabilities a trainable CRF has refined.

    The segmenter is one layer of it and shares its weights: train either, load weights
    into either. The new model takes images of any size and saves and reloads as every
    segmenter does; its graph holds the op of this package.

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
