"""A training step: partial cross-entropy, and another loss besides."""

import functools

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contestants.losses import loss_function
from benchmarks.contestants.problem import Problem
from benchmarks.harness.contestant import Contestant
from benchmarks.harness.in_tensorflow import on_device
from tf_rloss import losses, models
from tf_rloss.labels import IGNORE_LABEL

_LABELLED = 0.03  # share of the pixels that a scribble labels


@functools.cache
def _segmenter(model, channels):
    """Builds a network with random weights and its optimizer, which steps share."""
    segmenter = models.build(model, channels)
    optimizer = keras.optimizers.SGD(1e-5, momentum=0.9)
    optimizer.build(segmenter.trainable_variables)
    return segmenter, optimizer


def make(
    problem: dict,
    model: str,
    kind: str | None = None,
    device: str = "CPU",
    compiled: bool = False,
) -> Contestant:
    """Makes a whole training step.

    Args:
        problem: arguments of `Problem`; its channels are the classes.
        model: one of tf_rloss.models.NAMES.
        kind: of the loss besides, see `losses.loss_function`; None for no other.
        device: "CPU" or "GPU".
        compiled: whether XLA compiles the step.
    """
    problem = Problem(**problem)
    *shape, channels = problem.shape
    function = loss_function(kind, problem.bandwidths) if kind else None
    with tf.device(device):
        segmenter, optimizer = _segmenter(model, channels)
        image = tf.constant(problem.images)
        scribble = tf.constant(_scribble(shape, channels))

    @tf.function(jit_compile=compiled)
    def train(image, scribble):
        with tf.GradientTape() as tape:
            probs = segmenter(image, training=True)
            loss = tf.reduce_mean(losses.partial_crossentropy(scribble, probs))
            if function is not None:
                loss += tf.reduce_mean(function(image, probs))
        gradients = tape.gradient(loss, segmenter.trainable_variables)
        optimizer.apply_gradients(
            zip(gradients, segmenter.trainable_variables, strict=True)
        )
        return loss

    return on_device(lambda: train(image, scribble), device)


def _scribble(shape, num_classes):
    random = np.random.default_rng(0)
    labels = random.integers(0, num_classes, shape)
    labels[random.random(shape) > _LABELLED] = IGNORE_LABEL
    return labels.astype(np.int32)
