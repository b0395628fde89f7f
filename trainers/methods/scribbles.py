"""Training on scribbles: partial cross-entropy, and a regularizer on all pixels."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tf_rloss import losses, models

from ..crf_options import TrainedCRFOptions
from ..datasets.sources import training_sources
from ..engine.config import RunConfig
from ..engine.recipe import CRF_ENERGY, Recipe
from ..engine.run import Result
from ..engine.run import run as run_engine
from ..options import Given
from .crf_as_rnn import append_crf
from .published import Published, find_published
from .regularizer_options import RegularizerOptions, usual_regularizer
from .regularizers import NONE
from .two_phases import train_in_phases


def train(given: Given, strategy: tf.distribute.Strategy | None = None) -> Result:
    """Trains as the flags say and returns the result of the last phase.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        strategy: devices to train on. Default: those of the flag `strategy`.
    """
    sources = training_sources(given)
    published = find_published(given)
    crf = TrainedCRFOptions.of(given)
    usual = usual_regularizer(given)
    regularizer = RegularizerOptions.layered(given, published, regularizer=usual)

    def run(phase: str, regularized: bool, **fields: Any) -> Result:
        layer = published and published.layer(phase)
        config = RunConfig.layered(given, phase, layer, **fields).resolve(sources[0])
        options = regularizer if regularized else regularizer.alone()
        recipe = labelled_recipe(
            options,
            config.crop_size[1],
            published,
            class_weight=config.class_weights,
        )
        if crf is not None and phase == "phase2":
            recipe = append_crf(recipe, config, crf)
        return run_engine(recipe, config, *sources, strategy=strategy, title=phase)

    acts = regularizer.regularizer != NONE or crf is not None
    return train_in_phases(
        run, given, second=acts, second_alone=acts and starts_from_weights(published)
    )


def starts_from_weights(published: Published | None) -> bool:
    """Returns whether phase 2 of a published training leaves out phase 1."""
    return published is not None and published.phase2_from_weights


def labelled_recipe(
    regularizer: RegularizerOptions,
    crop_width: int,
    published: Published | None = None,
    labels: str = "scribble",
    *,
    class_weight: Sequence[float] | None = None,
) -> Recipe:
    """Returns cross-entropy on `labels` plus a regularizer on the image.

        L = pCE(labels, S) + weight R(S; image)   (eq. 1 and 3)

    In a published training cross-entropy reads the labels of every `label_stride`-th
    pixel and is a mean over the batch; where the network has several scales, each has
    its own. The weight of the regularizer is relative to cross-entropy, whatever the
    published weight of cross-entropy is.

    Args:
        regularizer: the second term.
        crop_width: width of the training crops in pixels, for the bandwidths.
        published: the published training, if any.
        labels: "scribble", or "mask" for full supervision.
        class_weight: weight of each class in the cross-entropy; None: all weigh 1.
    """
    resolved = regularizer.resolve(crop_width)
    terms, weights = _label_terms(published, labels, class_weight)
    ramped = ()
    loss = regularizer_loss(resolved)
    if loss is not None:
        target = resolved.row.target
        terms = {labels: terms.pop(labels), target: loss, **terms}
        weights[target] = resolved.regularizer_weight * weights[labels]
        ramped = (target,)
    monitors = {}
    if resolved.log_crf_energy:
        monitors = {CRF_ENERGY: _crf_energy(resolved)}
    recipe = Recipe(
        losses=terms,
        loss_weights=weights,
        ramped=ramped,
        flags=resolved.described,
        monitors=monitors,
        target_of=dict.fromkeys(monitors, "image"),
    )
    return recipe if published is None else _as_published(recipe, published, labels)


def _label_terms(
    published: Published | None, labels: str, class_weight: Sequence[float] | None
) -> tuple[dict[str, keras.losses.Loss], dict[str, float]]:
    """Returns the cross-entropies by output, and their weights."""
    if published is None:
        term = losses.PartialCrossentropy(class_weight=class_weight)
        return {labels: term}, {labels: 1.0}
    strides = {labels: published.label_stride, **published.scale_strides}
    terms = {
        name: losses.PartialCrossentropy(
            normalize_by="batch", stride=stride, class_weight=class_weight
        )
        for name, stride in strides.items()
    }
    return terms, dict.fromkeys(strides, published.label_weight)


def _as_published(recipe: Recipe, published: Published, labels: str) -> Recipe:
    """Adds learning rates and the outputs of several scales."""
    scales = published.scale_strides
    return dataclasses.replace(
        recipe,
        flags={**recipe.flags, "recipe": published.model},
        lr_multiplier=published.lr_multiplier,
        target_of={**recipe.target_of, **dict.fromkeys(scales, labels)},
        output_of={name: name for name in scales},
        training_graph=models.with_scales if scales else None,
    )


def regularizer_loss(resolved: RegularizerOptions) -> keras.losses.Loss | None:
    """Returns the Keras loss of resolved options, or None for "none"."""
    if resolved.row is None:
        return None
    return getattr(losses, resolved.row.loss)(**resolved.loss_arguments)


def _crf_energy(resolved: RegularizerOptions) -> keras.losses.Loss:
    """Returns the dense CRF energy with the bandwidths of the regularizer."""
    return losses.DenseCRFLoss(
        sigma_xy=resolved.sigma_xy,
        sigma_rgb=resolved.sigma_rgb,
        equalized=resolved.equalized,
    )
