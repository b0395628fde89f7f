"""What training_step.py measures; each function here makes one contestant."""

import functools

import numpy as np

from benchmarks.filter_contestants import Contestant, Problem
from benchmarks.loss_contestants import probabilities
from benchmarks.tensorflow_contestants import finished, tensorflow

TERMS = ("crf", "ncut", "kernelcut", "proposals")
_LABELLED = 0.03  # share of the pixels that a scribble labels
_IGNORE = 255


@functools.cache
def _segmenter(model, channels):
    """A network with random weights and its optimizer; all steps share them."""
    import keras

    from tf_rloss import models

    segmenter = models.build(model, channels)
    optimizer = keras.optimizers.SGD(1e-5, momentum=0.9)
    optimizer.build(segmenter.trainable_variables)
    return segmenter, optimizer


def _term(name, problem):
    """The function (image, probs) -> (B,) of a term."""
    tf = tensorflow()
    from tf_rloss import layers, losses

    kernel = {"sigma_xy": problem.sigma_xy, "sigma_rgb": problem.sigma_rgb}
    if name != "proposals":
        function = {
            "crf": losses.dense_crf_loss,
            "ncut": losses.normalized_cut_loss,
            "kernelcut": losses.kernel_cut_loss,
        }[name]
        return functools.partial(function, **kernel)

    # Inference in each step, then the divergence from its result, as in SEC.
    crf = layers.DenseCRF(num_iterations=10, bilateral_weight=10.0, **kernel)

    def divergence(image, probs):
        proposal = tf.stop_gradient(crf(probs, image))
        ratio = tf.math.log(proposal + 1e-8) - tf.math.log(probs + 1e-8)
        return tf.reduce_mean(tf.reduce_sum(proposal * ratio, axis=-1), axis=[1, 2])

    return divergence


def term(problem, term, device="CPU", compiled=False):
    """A term alone, forward and backward to the probabilities."""
    tf = tensorflow()
    problem = Problem(**problem)
    function = _term(term, problem)

    @tf.function(jit_compile=compiled)
    def forward_and_backward(image, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            energy = tf.reduce_sum(function(image, probs))
        return energy, tape.gradient(energy, probs)

    with tf.device(device):
        image = tf.constant(problem.images)
        probs = tf.constant(probabilities(problem))

    def call():
        with tf.device(device):
            return forward_and_backward(image, probs)

    return Contestant(finished(call, device))


def step(problem, model, term=None, device="CPU", compiled=False):
    """A whole training step: partial cross-entropy, and a term besides.

    Args:
        problem: arguments of `Problem`; channels are the classes.
        model: a name of tf_rloss.models.NAMES.
        term: one of `TERMS`, or None.
        device: "CPU" or "GPU".
        compiled: whether XLA compiles the step.
    """
    tf = tensorflow()
    from tf_rloss import losses

    problem = Problem(**problem)
    function = _term(term, problem) if term else None
    labels = _scribble(problem.images.shape[:3], problem.channels)
    with tf.device(device):
        segmenter, optimizer = _segmenter(model, problem.channels)
        image, scribble = tf.constant(problem.images), tf.constant(labels)

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

    def call():
        with tf.device(device):
            return train(image, scribble)

    return Contestant(finished(call, device))


def _scribble(shape, num_classes):
    random = np.random.default_rng(0)
    labels = random.integers(0, num_classes, shape)
    labels[random.random(shape) > _LABELLED] = _IGNORE
    return labels.astype(np.int32)
