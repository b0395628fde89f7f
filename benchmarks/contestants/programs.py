"""The parts of a training as its program runs it, and the same step without it."""

import functools
import pathlib
import tempfile
from unittest import mock

import keras
import tensorflow as tf

from benchmarks.harness.contestant import Contestant
from tf_rloss import models
from trainers.engine.pictures import draw_predictions
from trainers.engine.run import Training
from trainers.methods import masks, scribbles, tags, unlabelled

PROGRAMS = {
    "scribble": (scribbles.train, {"phase1_epochs": 1}),
    "full": (masks.train, {"phase1_epochs": 1}),
    "semi_supervised": (unlabelled.train, {"phase1_epochs": 1, "labelled_images": 6}),
    "tag": (tags.train, {"classifier_epochs": 1}),
}
"""Program -> its function, and flags besides those that all share."""
MEASURED = ("phase2", "segmenter")
"""Titles of the trainings that are measured; those before them do one step."""
VAL_IMAGES = 8
FIT_STEPS = 10
"""Steps in a call of `fit`, so that what it does once hardly counts."""


class _Stopped(Exception):  # noqa: N818
    """Carries a training that is about to begin."""


@functools.cache
def _training(program: str, model: str, size: int, batch: int) -> Training:
    """Returns a training on generated images, right before its first step."""
    folder = tempfile.mkdtemp()
    train, own = PROGRAMS[program]
    given = {
        "output_dir": str(pathlib.Path(folder) / "run"),
        "model": model,
        "synthetic_size": size,
        "synthetic_images": 4 * batch,
        "synthetic_val_images": VAL_IMAGES,
        "batch_size": batch,
        "steps_per_epoch": 1,
    }
    run = Training.run

    def stop(training: Training, title: str = "") -> None:
        if title in MEASURED:
            raise _Stopped(training)
        run(training, title)

    with mock.patch.object(Training, "run", stop):
        try:
            train({**given, **own})
        except _Stopped as stopped:
            return stopped.args[0]
    raise RuntimeError(f"{program} has no training of the title {MEASURED}")


def make(program: str, model: str, size: int, batch: int, part: str) -> Contestant:
    """Makes a part of a training on generated images.

    Args:
        program: one of `PROGRAMS`.
        model: one of tf_rloss.models.NAMES.
        size: side of the images and of the training crops in pixels.
        batch: number of images in a batch.
        part: one of `PARTS`.
    """
    return PARTS[part](_training(program, model, size, batch))


def _input(training: Training) -> Contestant:
    """The batches alone: reading, augmentation, collecting."""
    batches = iter(training.make_batches())
    return Contestant(lambda: next(batches))


def _repeated(training: Training) -> tf.data.Dataset:
    """Returns the first batch again and again, so that it costs no time."""
    batch = next(iter(training.make_batches()))
    return tf.data.Dataset.from_tensors(batch).repeat()


def _bare_step(training: Training) -> Contestant:
    """The same network, losses and kind of optimizer in a plain `tf.function`."""
    recipe, segmenter = training.recipe, training.segmenter
    image, targets = next(iter(_repeated(training)))
    graph = recipe.make_graph(segmenter)
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(segmenter.trainable_variables)

    @tf.function
    def train(image, targets):
        with tf.GradientTape() as tape:
            outputs = graph(image, training=True)
            loss = tf.add_n(
                [
                    recipe.loss_weights[name]
                    * tf.reduce_mean(
                        term.call(
                            targets[recipe.target(name)], outputs[recipe.output(name)]
                        )
                    )
                    for name, term in recipe.losses.items()
                ]
            )
        gradients = tape.gradient(loss, segmenter.trainable_variables)
        optimizer.apply_gradients(
            zip(gradients, segmenter.trainable_variables, strict=True)
        )
        return loss

    return Contestant(lambda: train(image, targets).numpy())


def _step(training: Training, batches: tf.data.Dataset) -> Contestant:
    iterator = iter(batches)

    def step() -> int:
        training.train_step(iterator)
        return int(training.step)

    return Contestant(step)


def _fit(training: Training) -> Contestant:
    """Keras' `fit` of the same network and losses on the same batch."""
    recipe, segmenter = training.recipe, training.segmenter
    model = models.attach_targets(segmenter, list(recipe.losses))
    model.compile(
        keras.optimizers.Adam(1e-4),
        loss=dict(recipe.losses),
        loss_weights=dict(recipe.loss_weights),
    )

    def named(image, targets):
        return image, {name: targets[recipe.target(name)] for name in recipe.losses}

    batches = _repeated(training).map(named)
    return Contestant(
        lambda: model.fit(batches, steps_per_epoch=FIT_STEPS, verbose=0),
        facts=lambda: {"steps": FIT_STEPS},
    )


def _validation(training: Training) -> Contestant:
    """The scores of the validation images."""
    return Contestant(
        lambda: training.validator.evaluate(alone=True),
        facts=lambda: {"images": VAL_IMAGES},
    )


def _pictures(training: Training) -> Contestant:
    """The picture of six predictions."""
    path = pathlib.Path(training.folder.path) / "predictions.png"
    training.validator.evaluate(alone=True)
    return Contestant(lambda: draw_predictions(training.validator, path))


PARTS = {
    "input": _input,
    "bare step": _bare_step,
    "step": lambda training: _step(training, _repeated(training)),
    "step and input": lambda training: _step(training, training.make_batches()),
    "Keras fit": _fit,
    "validation": _validation,
    "pictures": _pictures,
}
"""Name of a part -> the function that makes it of a training."""
