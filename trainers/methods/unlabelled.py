"""Training on a few labelled and many unlabelled images (section 4.5 of the paper)."""

import dataclasses
from typing import Any

import tensorflow as tf

from tf_rloss import data

from .. import defaults
from ..datasets.folders import existing_folder
from ..datasets.sources import training_sources
from ..engine.config import RunConfig
from ..engine.recipe import Recipe
from ..engine.run import Result
from ..engine.run import run as run_engine
from ..errors import UserError
from ..options import Given, build
from .published import Published, find_published
from .regularizer_options import RegularizerOptions
from .regularizers import NONE
from .scribbles import labelled_recipe, starts_from_weights
from .two_phases import train_in_phases
from .unlabelled_options import UnlabelledOptions


def train(given: Given, strategy: tf.distribute.Strategy | None = None) -> Result:
    """Trains as the flags say and returns the result of phase 2.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.
        strategy: devices to train on. Default: those of the flag `strategy`.
    """
    options = build(UnlabelledOptions, given)
    mixed, val = mixed_sources(given, options)
    labelled = mixed.take(mixed.labelled.nonzero()[0])
    published = find_published(given)
    regularizer = semi_regularizer(given, published)

    def run(phase: str, regularized: bool, **fields: Any) -> Result:
        term = regularizer if regularized else regularizer.alone()
        source = labelled if term.regularizer == NONE else mixed
        layer = published and published.layer(phase)
        config = RunConfig.layered(given, phase, layer, **fields)
        number = find_labelled_per_batch(options, config.batch_size, source)
        config = dataclasses.replace(config, labelled_per_batch=number)
        # Steps follow from all images, so that the baseline takes as many.
        config = config.resolve(mixed)
        width, weights = config.crop_size[1], config.class_weights
        recipe = semi_supervised_recipe(
            labelled_recipe(
                term, width, published, options.labels, class_weight=weights
            ),
            options.labels,
            labelled_share=labelled_share(config, source),
            on_all=options.regularize == "all",
        )
        return run_engine(recipe, config, source, val, strategy=strategy, title=phase)

    acts = regularizer.regularizer != NONE
    return train_in_phases(
        run,
        given,
        second=acts or published is None,
        second_alone=acts and starts_from_weights(published),
    )


def semi_regularizer(given: Given, published: Published | None) -> RegularizerOptions:
    """Returns the regularizer that the flags ask for."""
    usual = {"regularizer": defaults.SEMI_REGULARIZER}
    if published is None:
        usual["regularizer_weight"] = defaults.SEMI_WEIGHT
    return RegularizerOptions.layered(given, published, **usual)


def mixed_sources(
    given: Given, options: UnlabelledOptions
) -> tuple[data.Source, data.Source | None]:
    """Returns the images to train on, labelled and not, and those to validate on.

    Labelled images are chosen by a hash of their names, so that a smaller choice is a
    part of every larger one.

    Raises:
        UserError: if there are too few labelled images, or no unlabelled ones.
    """
    if options.labels == "mask" and given.get("length_ratio") is not None:
        raise UserError("--length_ratio needs --labels=scribble.")
    train, val = training_sources(given, options.labels)
    count = count_labelled(options, len(train))
    if count > len(train):
        raise UserError(
            f"--labelled_images must be at most {len(train)}, the number of training "
            f"images. Received: --labelled_images={count}"
        )
    kept = data.subset(train, count, given.get("data_seed", 0))
    mixed = data.without_labels(train, set(train.ids).difference(kept.ids))
    if options.unlabelled_dir:
        folder = existing_folder("unlabelled_dir", options.unlabelled_dir)
        mixed = data.concatenate(mixed, data.photographs(folder, like=train))
    if mixed.labelled.all():
        raise UserError(
            f"All {count} training images keep their labels. Give fewer "
            "--labelled_images, or more images in --unlabelled_dir."
        )
    return mixed, val


def count_labelled(options: UnlabelledOptions, total: int) -> int:
    """Returns how many of the training images keep their labels.

    Raises:
        UserError: if both a number and a share are given.
    """
    number, share = options.labelled_images, options.labelled_share
    if number is not None:
        if share is not None:
            raise UserError("Give --labelled_images or --labelled_share, not both.")
        return number
    if share is None:
        if options.unlabelled_dir:
            return total
        return max(int(total * defaults.LABELLED_SHARE), 1)
    return max(round(total * share), 1)


def find_labelled_per_batch(
    options: UnlabelledOptions, batch_size: int, source: data.Source
) -> int | None:
    """Returns the number of labelled images in each batch; None where all are."""
    number = options.labelled_per_batch
    if number is not None and number >= batch_size:
        raise UserError(
            "--labelled_per_batch must be below --batch_size, "
            f"{batch_size}. Received: --labelled_per_batch={number}"
        )
    if source.labelled.all():
        return None
    usual = int(batch_size * defaults.LABELLED_PER_BATCH)
    return (usual if number is None else number) or None


def labelled_share(config: RunConfig, source: data.Source) -> float:
    """Returns the mean part of the images in a batch that is labelled."""
    if config.labelled_per_batch is None:
        return float(source.labelled.mean())
    return config.labelled_per_batch / config.batch_size


def semi_supervised_recipe(
    recipe: Recipe, labels: str, *, labelled_share: float, on_all: bool
) -> Recipe:
    """Lets cross-entropy act on the labelled images and a regularizer on the others.

        L = mean over labelled images of pCE + weight * mean over unlabelled of R

    The engine takes means over all images of a batch, in which the others count as 0.
    Each term is therefore divided by the share of its images, and weights mean the
    same whatever the shares.

    Args:
        recipe: both terms, as if all images were labelled.
        labels: "mask" or "scribble".
        labelled_share: part of the images that have labels, above 0.
        on_all: whether the second mean is over all images.
    """
    target, share = "unlabelled_image", 1.0 - labelled_share
    regularized = {"image", "scribbled_image"}.intersection(recipe.losses)
    if on_all:
        # Proposals hold scribbled pixels to their labels.
        scribbled = labels == "scribble" and "scribbled_image" in regularized
        target, share = "scribbled_image" if scribbled else "image", 1.0
    shares = dict.fromkeys(recipe.losses, labelled_share)
    shares |= dict.fromkeys(regularized, share)
    return dataclasses.replace(
        recipe,
        loss_weights={n: w / shares[n] for n, w in recipe.loss_weights.items()},
        target_of={**recipe.target_of, **dict.fromkeys(regularized, target)},
    )
