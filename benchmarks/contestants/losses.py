"""The losses of this package, forward and backward."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.contestants.problem import Problem
from benchmarks.harness.contestant import Contestant
from benchmarks.harness.in_tensorflow import on_device
from tf_rloss import layers, losses

# Bandwidths of a kernel cut's second affinity, as a part of the first's.
SECOND = 0.8


def loss_function(kind: str, bandwidths: dict[str, float]) -> Callable:
    """Returns a function (image, probs) -> (B,).

    Args:
        kind: "dense_crf", "equalized" (the same on an equalized lattice),
            "normalized_cut", "kernel_cut" (one affinity), "kernel_cut_2" (two), or
            "proposals" (mean field, then the divergence from its result, as in SEC).
        bandwidths: `sigma_xy` in pixels and `sigma_color` in intensities.
    """
    if kind == "proposals":
        crf = layers.DenseCRF(num_iterations=10, bilateral_weight=10.0, **bandwidths)
        return functools.partial(_divergence_from_proposals, crf)
    second = {f"cut_{name}": SECOND * sigma for name, sigma in bandwidths.items()}
    function, options = {
        "dense_crf": (losses.dense_crf_loss, {}),
        "equalized": (losses.dense_crf_loss, {"equalized": True}),
        "normalized_cut": (losses.normalized_cut_loss, {}),
        "kernel_cut": (losses.kernel_cut_loss, {}),
        "kernel_cut_2": (losses.kernel_cut_loss, second),
    }[kind]
    return functools.partial(function, **bandwidths, **options)


def _divergence_from_proposals(crf, image, probs):
    proposal = tf.stop_gradient(crf(probs, image))
    ratio = tf.math.log(proposal + 1e-8) - tf.math.log(probs + 1e-8)
    return tf.reduce_mean(tf.reduce_sum(proposal * ratio, axis=-1), axis=[1, 2])


def make(
    problem: dict, kind: str, device: str = "CPU", compiled: bool = False
) -> Contestant:
    """Makes a loss, forward and backward to the probabilities.

    Args:
        problem: arguments of `Problem`.
        kind: of `loss_function`.
        device: "CPU" or "GPU".
        compiled: whether XLA compiles it.
    """
    problem = Problem(**problem)
    function = loss_function(kind, problem.bandwidths)
    return forward_and_backward(
        function, problem.images, problem.probs, device, compiled
    )


def forward_and_backward(
    function: Callable,
    images: np.ndarray,
    probs: np.ndarray,
    device: str = "CPU",
    compiled: bool = False,
) -> Contestant:
    """Makes a contestant of a loss and its gradient in the probabilities.

    Args:
        function: (image, probs) -> (B,).
        images: its first argument.
        probs: its second argument.
        device: "CPU" or "GPU".
        compiled: whether XLA compiles it.
    """

    # TensorFlow would compute the features of a captured image only once.
    @tf.function(jit_compile=compiled)
    def step(image, probs):
        with tf.GradientTape() as tape:
            tape.watch(probs)
            energy = tf.reduce_sum(function(image, probs))
        return energy, tape.gradient(energy, probs)

    with tf.device(device):
        image, probs = tf.constant(images), tf.constant(probs)
    return on_device(lambda: step(image, probs), device)
