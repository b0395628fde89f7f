"""Training on full masks, with or without a regularizer (Table 5 of the paper)."""

import dataclasses
from typing import Any

import tensorflow as tf

from tf_rloss import data

from ..datasets.sources import training_sources
from ..engine.config import RunConfig
from ..engine.devices import is_chief
from ..engine.recipe import Recipe
from ..engine.run import Result
from ..engine.run import run as run_engine
from ..engine.run_folder import RunFolder
from ..errors import UserError
from ..options import Given
from .proposal_options import ProposalOptions
from .proposals import FILE, with_proposals, write_proposal_scores
from .published import find_published
from .regularizer_options import RegularizerOptions
from .regularizers import NONE
from .scribbles import labelled_recipe, starts_from_weights
from .two_phases import train_in_phases
from .validation_losses import write_validation_losses


def train(given: Given, strategy: tf.distribute.Strategy | None = None) -> Result:
    """Trains as the flags say and returns the result of the last phase.

    The terms of its loss on the validation images are written and printed.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        strategy: devices to train on. Default: those of the flag `strategy`.
    """
    published = find_published(given)
    regularizer = RegularizerOptions.layered(given, published, regularizer=NONE)
    if regularizer.regularizer == "adm":
        raise UserError(
            "--regularizer=adm proposes labels where there are none; full masks leave "
            "nothing to propose."
        )
    sources = mask_sources(given)
    recipes: list[Recipe] = []

    def run(phase: str, regularized: bool, **fields: Any) -> Result:
        layer = published and published.layer(phase)
        config = RunConfig.layered(given, phase, layer, **fields).resolve(sources[0])
        options = regularizer if regularized else regularizer.alone()
        width, weights = config.crop_size[1], config.class_weights
        recipe = labelled_recipe(
            options, width, published, "mask", class_weight=weights
        )
        recipes.append(weightless_as_monitor(recipe))
        return run_engine(recipes[-1], config, *sources, strategy=strategy, title=phase)

    # The paper trains on masks in one phase; the usual settings need as many steps as
    # the trainings that they are compared with.
    acts = regularizer.regularizer != NONE
    result = train_in_phases(
        run,
        given,
        second=acts or published is None,
        second_alone=acts and starts_from_weights(published),
    )
    chief = strategy is None or is_chief(strategy)
    if chief and given.get("proposals"):
        folder = result.last.parent
        if not (folder / FILE).exists():
            write_proposal_scores(folder, training_sources(given)[0], sources[0])
    if sources[1] is not None and chief:
        losses = write_validation_losses(recipes[-1], result.last, sources[1])
        for name, value in losses.items():
            print(f"Validation {name}  {value:.4f}")
    return result


def mask_sources(given: Given) -> tuple[data.Source, data.Source | None]:
    """Returns the images to train on, with masks or proposals, and to validate on."""
    proposals = ProposalOptions.of(given)
    if proposals.proposals is None:
        return training_sources(given, labels="mask")
    train, val = training_sources(given, labels="scribble")
    finished = RunFolder(given["output_dir"], writable=False).finished
    return with_proposals(train, proposals, make_all=not finished), val


def weightless_as_monitor(recipe: Recipe) -> Recipe:
    """Makes a regularizer of weight 0 a monitor: it is logged at no cost of a gradient.

    Args:
        recipe: cross-entropy of full masks plus a regularizer on the image, if any.
    """
    if recipe.loss_weights.get("image") != 0.0:
        return recipe
    terms, weights = dict(recipe.losses), dict(recipe.loss_weights)
    del weights["image"]
    monitors = {**recipe.monitors, "image": terms.pop("image")}
    return dataclasses.replace(
        recipe, losses=terms, loss_weights=weights, ramped=(), monitors=monitors
    )
