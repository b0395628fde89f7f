"""Building the network of a run and filling it with initial weights."""

import pathlib
import textwrap
import warnings

import keras
import tensorflow as tf

from tf_rloss import models
from tf_rloss.models.blocks import dtype_scope
from tf_rloss.models.weights_file import check_weights

from ..errors import UserError
from .config import RunConfig
from .custom_networks import SEPARATOR, build_custom
from .recipe import Recipe
from .run_folder import LAST_WEIGHTS

REASON_WIDTH = 240
"""Characters of Keras' explanation to show."""


def build_segmenter(
    recipe: Recipe, config: RunConfig, num_classes: int, weights: str | None = None
) -> keras.Model:
    """Builds the segmenter of a run with `weights` as `models.build` takes them."""
    if recipe.build_segmenter is not None:
        return recipe.build_segmenter(num_classes, weights)
    return build_network(config, num_classes, weights)


def build_network(
    config: RunConfig, num_classes: int, weights: str | None = None
) -> keras.Model:
    """Builds the network that `config` names, with `weights` as `models.build`.

    Raises:
        UserError: if the weights cannot be had or do not fit, or if there is no batch
            normalization for --batch_norm=frozen.
    """
    if SEPARATOR in config.model:
        network = build_custom(config.model, num_classes, weights)
    else:
        try:
            network = models.build(config.model, num_classes, weights=weights)
        except (ValueError, OSError) as error:
            raise UserError(f"--model, --weights: {error}") from error
    if config.batch_norm == "frozen":
        try:
            models.freeze_batch_norm(network)
        except ValueError as error:
            raise UserError(f"--batch_norm=frozen: {error}") from error
    return network


def build_initialized(
    recipe: Recipe,
    config: RunConfig,
    num_classes: int,
    strategy: tf.distribute.Strategy,
) -> keras.Model:
    """Builds the segmenter to train, in the scope of a strategy.

    On several replicas the statistics of batch normalization are taken over all of
    them, so that a step on N devices is the step of one device with the same global
    batch, and all keep the same moving statistics.

    Raises:
        UserError: if `config.init_from` does not exist or does not fit, or if there
            are no weights whose statistics could be frozen.
    """
    if config.batch_norm == "frozen" and not (config.weights or config.init_from):
        raise UserError(
            "--batch_norm=frozen keeps the statistics that a network starts from, and "
            "those of random weights are of no use: give --weights or --init_from."
        )
    with strategy.scope(), dtype_scope(config.precision):
        weights = config.weights if config.init_from is None else None
        segmenter = build_segmenter(recipe, config, num_classes, weights)
        if config.init_from is not None:
            load_weights(segmenter, config.init_from)
        if strategy.num_replicas_in_sync > 1:
            synchronize_batch_norm(segmenter)
    return segmenter


def synchronize_batch_norm(model: keras.Model) -> None:
    """Makes batch normalizations, in nested models too, share their statistics."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            synchronize_batch_norm(layer)
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


def load_weights(segmenter: keras.Model, path: str) -> None:
    """Loads weights of the same network from a file, or from the folder of a run.

    For a network with a trained CRF behind it, weights of the network alone will do:
    the CRF then starts as it was built.

    Raises:
        UserError: if there is no such file, or its weights do not fit.
    """
    file, network = find_weights(path), models.network_of(segmenter)
    try:
        try:
            _read_weights(segmenter, file)
        except (ValueError, KeyError):
            if network is segmenter:
                raise
            _read_weights(network, file)
    except (ValueError, KeyError, OSError) as error:
        reason = textwrap.shorten(str(error), REASON_WIDTH, placeholder=" ...")
        raise UserError(
            f"--init_from={path} does not fit the segmenter {segmenter.name} with "
            f"{segmenter.output_shape[-1]} classes: {reason}"
        ) from error


def _read_weights(model: keras.Model, file: pathlib.Path) -> None:
    """Reads the weights alone, and neither layers nor code in the file."""
    check_weights(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The error says it all.
        model.load_weights(file)


def find_weights(path: str) -> pathlib.Path:
    """Returns the weights file that `path` means; of a folder its `last.keras`."""
    file = pathlib.Path(path)
    if file.is_dir():
        file = file / LAST_WEIGHTS
    if not file.is_file():
        raise UserError(
            f"--init_from must be a .keras or .weights.h5 file, or the folder of a "
            f"run that has {LAST_WEIGHTS}. Not found: {file}"
        )
    return file
