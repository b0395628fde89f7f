"""CRF-as-RNN: phase 2 trains a dense CRF together with the network before it.

`--crf_as_rnn` puts `layers.CRFAsRNN` behind the network of phase 1. Partial
cross-entropy reads the refined probabilities, so that the scribbles also teach the CRF
its kernel weights and which classes go together (Table 4 of the paper, "jointly
trained").
"""

import dataclasses
from typing import Any

import keras
import tensorflow as tf
from absl import flags

from tf_rloss import models

from .config import RunConfig
from .crf_settings import (
    VOC_SIDE,
    overrides,
    parse_scale,
    refuse_numbers,
    scale_bandwidths,
)
from .defaults import CRF_AS_RNN
from .optimizers import head_multiplier
from .recipe import PROBS, Recipe, TrainingGraph
from .segmenters import build_segmenter


def trained_crf_settings(
    flag_values: flags.FlagValues, config: RunConfig
) -> dict[str, Any] | None:
    """Arguments of `layers.CRFAsRNN` that the flags mean; None without one.

    Args:
        flag_values: parsed flags, those of `crf_settings.define_trained_crf` among
            them.
        config: a resolved config, to whose crops the bandwidths are fitted.

    Raises:
        UserError: if a setting of the CRF is given and no CRF.
    """
    if not flag_values.crf_as_rnn:
        refuse_numbers(flag_values, "--crf_as_rnn")
        return None
    scale = parse_scale(flag_values.crf_sigma_scale)
    usual = scale_bandwidths(CRF_AS_RNN, VOC_SIDE, max(config.crop_size), scale)
    iterations = {"training_iterations": flag_values.crf_training_iterations}
    return usual | iterations | overrides(flag_values)


def append_crf(
    recipe: Recipe, config: RunConfig, settings: dict[str, Any], lr_multiplier: float
) -> Recipe:
    """Returns the recipe for the same network with a trained CRF behind it.

    Args:
        recipe: losses, which then read the refined probabilities; further outputs of
            its training graph stay those of the network.
        config: of the run, which names the network.
        settings: as `trained_crf_settings` returns them.
        lr_multiplier: learning-rate factor of the CRF's weights.
    """

    def build(num_classes: int, weights: str) -> keras.Model:
        network = build_segmenter(recipe, config, num_classes, weights)
        return models.append_crf(network, **settings)

    def with_outputs(segmenter: keras.Model) -> TrainingGraph:
        network = recipe.training_graph(models.network_of(segmenter))
        crf = segmenter.get_layer(models.CRF_LAYER)

        def graph(image: tf.Tensor, training: bool = True) -> dict[str, tf.Tensor]:
            outputs = network(image, training=training)
            refined = crf(outputs[PROBS], image, training=training)
            return {**outputs, PROBS: refined}

        return graph

    usual = recipe.lr_multiplier or head_multiplier(config.head_lr_multiplier)

    def multiplier(variable: keras.Variable) -> float:
        own = models.CRF_LAYER in variable.path.split("/")
        return lr_multiplier if own else usual(variable)

    described = {"crf_as_rnn": settings, "crf_lr_multiplier": lr_multiplier}
    return dataclasses.replace(
        recipe,
        build_segmenter=build,
        lr_multiplier=multiplier,
        training_graph=with_outputs if recipe.training_graph else None,
        flags={**recipe.flags, **described},
    )
