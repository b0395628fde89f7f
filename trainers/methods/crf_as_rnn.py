"""CRF-as-RNN: phase 2 trains a dense CRF together with the network before it.

`--crf_as_rnn` puts `layers.CRFAsRNN` behind the network of phase 1. Partial
cross-entropy reads the refined probabilities, so that the scribbles also teach the CRF
its kernel weights and which classes go together (Table 4 of the paper, "jointly
trained").
"""

import dataclasses

import keras
import tensorflow as tf

from tf_rloss import models

from ..crf_options import TrainedCRFOptions
from ..engine.config import RunConfig
from ..engine.networks import build_segmenter
from ..engine.optimizers import head_multiplier
from ..engine.recipe import PROBS, Recipe, TrainingGraph


def append_crf(recipe: Recipe, config: RunConfig, crf: TrainedCRFOptions) -> Recipe:
    """Returns the recipe for the same network with a trained CRF behind it.

    Args:
        recipe: losses, which then read the refined probabilities; further outputs of
            its training graph stay those of the network.
        config: a resolved config, which names the network and the size of the crops.
        crf: settings of the trained CRF.
    """
    settings = crf.arguments(max(config.crop_size))

    def build(num_classes: int, weights: str | None) -> keras.Model:
        network = build_segmenter(recipe, config, num_classes, weights)
        return models.append_crf(network, **settings)

    def with_outputs(segmenter: keras.Model) -> TrainingGraph:
        network = recipe.training_graph(models.network_of(segmenter))
        crf_layer = segmenter.get_layer(models.CRF_LAYER)

        def graph(image: tf.Tensor, training: bool = True) -> dict[str, tf.Tensor]:
            outputs = network(image, training=training)
            refined = crf_layer(outputs[PROBS], image, training=training)
            return {**outputs, PROBS: refined}

        return graph

    usual = recipe.lr_multiplier or head_multiplier(config.head_lr_multiplier)

    def multiplier(variable: keras.Variable) -> float:
        own = models.CRF_LAYER in variable.path.split("/")
        return crf.crf_lr_multiplier if own else usual(variable)

    described = {"crf_as_rnn": settings, "crf_lr_multiplier": crf.crf_lr_multiplier}
    return dataclasses.replace(
        recipe,
        build_segmenter=build,
        lr_multiplier=multiplier,
        training_graph=with_outputs if recipe.training_graph else None,
        flags={**recipe.flags, **described},
    )
