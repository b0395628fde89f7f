"""The training batches of a run, spread over the replicas of a strategy."""

import tensorflow as tf

from tf_rloss import data

from ..errors import UserError
from .config import RunConfig


def batches(
    source: data.Source,
    targets: tuple[str, ...],
    config: RunConfig,
    strategy: tf.distribute.Strategy,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Returns endless batches of `(image, {target: tensor})`, each replica its rows.

    Together the replicas see exactly the batches that one device would see.

    Args:
        source: images with those targets.
        targets: supervision signals of the recipe.
        config: a resolved config.
        strategy: the strategy of the run.
        start_step: number of steps whose batches to skip.

    Raises:
        UserError: if the replicas do not divide the batch.
    """
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UserError(
            f"--batch_size must be divisible by the number of devices, {replicas}. "
            f"Received: --batch_size={config.batch_size}"
        )

    def worker_batches(context: tf.distribute.InputContext) -> tf.data.Dataset:
        workers = context.num_input_pipelines
        dataset = data.train_pipeline(
            source,
            batch_size=config.batch_size,
            crop_size=config.crop_size,
            seed=config.seed,
            augmentation=make_augmentation(config),
            start_step=start_step * config.accumulate_steps,
            targets=targets,
            shard=(context.input_pipeline_id, workers),
            labelled_per_batch=config.labelled_per_batch,
        )
        if replicas == workers:
            return dataset
        # A worker with several replicas hands them successive elements in turn.
        return dataset.rebatch(config.batch_size // replicas)

    return strategy.distribute_datasets_from_function(worker_batches)


def make_augmentation(config: RunConfig) -> data.Augmentation:
    """Returns the augmentation of a config; `color_jitter` scales usual strengths."""
    usual, strength = data.Augmentation(), config.color_jitter
    return data.Augmentation(
        scale_range=config.scale_range,
        scales=config.scales,
        flip=config.flip,
        brightness=usual.brightness * strength,
        contrast=usual.contrast * strength,
        saturation=usual.saturation * strength,
        stretch=config.stretch,
        vertical_flip=config.vertical_flip,
        rotation=config.rotation,
    )
