"""Training from image tags with SEC's losses: seed, expand, and a border loss.

The losses are those of SEC (Kolesnikov and Lampert, ECCV 2016), whose third the paper
replaces by the dense CRF loss (Table 3).
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tf_rloss import data, losses

from ..datasets.sources import training_sources
from ..engine.config import RunConfig
from ..engine.devices import is_chief
from ..engine.recipe import Recipe
from ..engine.result import Result
from ..engine.run import run as run_engine
from ..errors import UserError
from ..options import Given, build
from .cues import cues_of_classifier, cues_of_file, describe_cues
from .published import find_published
from .regularizer_options import RegularizerOptions
from .scribbles import regularizer_loss
from .tag_options import CAM, CueOptions, TagLossOptions


def train(given: Given, strategy: tf.distribute.Strategy | None = None) -> Result:
    """Trains the classifier, if cues are needed, and the segmenter.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        strategy: devices to train on. Default: those of the flag `strategy`.

    Returns:
        The result of the segmenter.
    """
    published = find_published(given)
    terms = TagLossOptions.of(given, published)
    source, val = cued_source(given, strategy)
    layer = published and published.layer("segmenter")
    config = RunConfig.layered(given, "segmenter", layer, init_from=None)
    config = config.resolve(source)
    if strategy is None or is_chief(strategy):
        print(describe_cues(source))
    third = terms.third(published, config.crop_size[1])
    recipe = tag_recipe(terms, third, _cue_settings(given))
    if published:
        recipe = dataclasses.replace(recipe, lr_multiplier=published.lr_multiplier)
    return run_engine(recipe, config, source, val, strategy=strategy, title="segmenter")


def cued_source(
    given: Given, strategy: tf.distribute.Strategy | None
) -> tuple[data.Source, data.Source | None]:
    """Returns the training images with cues, and the images to validate on.

    Trains the classifier whose activation maps are the cues, if no file has them.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        strategy: devices to train on. Default: those of the flag `strategy`.
    """
    cues = build(CueOptions, given)
    source, val = training_sources(given, labels="tag")
    if cues.cues != CAM:
        binary = bool(given.get("binary"))
        return cues_of_file(source, cues.cues, cues.cues_list, binary=binary), val
    if cues.cues_list is not None:
        raise UserError("--cues_list needs --cues=FILE, SEC's cues.")
    published = find_published(given)
    config = RunConfig.layered(
        given,
        "classifier",
        published and published.layer("classifier"),
        output_dir=f"{given['output_dir']}/classifier",
        init_from=None,
    )
    return cues_of_classifier(source, config, cues, strategy, published), val


def _cue_settings(given: Given) -> dict[str, Any]:
    """Returns the further settings that the run depends on, by flag."""
    cues = build(CueOptions, given)
    settings = {"cues": cues.cues, "recipe": given.get("recipe")}
    return settings | (cues.cam_settings if cues.cues == CAM else {})


def tag_recipe(
    terms: TagLossOptions,
    third: RegularizerOptions,
    settings: Mapping[str, Any] | None = None,
) -> Recipe:
    """Returns the losses seed and expand and the third loss.

        L = w_s L_seed(cues, S) + w_e L_expand(tags, S) + w_b L_boundary(image, S)

    Args:
        terms: the losses.
        third: the third loss, from `terms.third`.
        settings: further settings that the run depends on, by the name of their flag.
    """
    weighted = {
        "cues": (losses.SeedingLoss(stride=terms.stride), terms.seed_weight),
        "tags": (losses.ExpansionLoss(stride=terms.stride), terms.expand_weight),
        "image": (regularizer_loss(third), third.regularizer_weight),
    }
    used = {
        name: term
        for name, term in weighted.items()
        if term[0] is not None and term[1] > 0
    }
    return Recipe(
        losses={name: loss for name, (loss, _) in used.items()},
        loss_weights={name: weight for name, (_, weight) in used.items()},
        ramped=tuple(name for name in used if name == "image"),
        flags={**terms.described(third), **(settings or {})},
    )
