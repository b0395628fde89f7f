"""The filter's op and what is built on it, in TensorFlow as users call it."""

import functools

import tensorflow as tf

from benchmarks.contestants.problem import Problem
from benchmarks.harness.contestant import Contestant
from benchmarks.harness.in_tensorflow import on_device
from tf_rloss import layers, ops


def make(problem: dict, device: str = "CPU", kind: str = "symmetric") -> Contestant:
    """Makes an op whose output is allocated anew in each call.

    Args:
        problem: arguments of `Problem`.
        device: "CPU" or "GPU".
        kind: "symmetric", "one order", "equalized" or "xla", filters by given features;
            "with features", `bilateral_filter` of the photograph; "lattice", its
            construction; "ten" filters on one lattice; "mean field" or "mean field,
            xla", ten iterations with two kernels.
    """
    problem = Problem(**problem)
    make_call = {
        "symmetric": _filter,
        "one order": functools.partial(_filter, symmetric=False),
        "equalized": functools.partial(_filter, equalized=True),
        "xla": functools.partial(_filter, compiled=True),
        "with features": _bilateral,
        "lattice": _lattice,
        "ten": _ten_filters,
        "mean field": _mean_field,
        "mean field, xla": functools.partial(_mean_field, compiled=True),
    }[kind]
    with tf.device(device):
        call = make_call(problem)
    return on_device(call, device, problem.output_bytes)


def _filter(problem, symmetric=True, equalized=False, compiled=False):
    values, features = tf.constant(problem.values), tf.constant(problem.features)
    ops.permutohedral_filter(values[:, :1], features[:, :1])  # loads the library
    function = functools.partial(
        ops.permutohedral_filter, symmetric=symmetric, equalized=equalized
    )
    if compiled:
        function = tf.function(function, jit_compile=True)
    return lambda: function(values, features)


def _bilateral(problem):
    values = tf.constant(problem.values.reshape(problem.shape))
    image = tf.constant(problem.images)
    return lambda: ops.bilateral_filter(values, image, **problem.bandwidths)


def _lattice(problem):
    features = tf.constant(problem.features)
    return lambda: ops.PermutohedralLattice(features)


def _ten_filters(problem):
    values, features = tf.constant(problem.values), tf.constant(problem.features)

    def call():
        lattice = ops.PermutohedralLattice(features)
        filtered = values
        for _ in range(10):
            filtered = lattice.filter(filtered, symmetric=True)
        return filtered

    return call


def _mean_field(problem, compiled=False):
    # The same kernels and weights as in pydensecrf.py.
    layer = layers.DenseCRF(
        num_iterations=10,
        bilateral_weight=10.0,
        spatial_weight=3.0,
        spatial_sigma_xy=3.0,
        **problem.bandwidths,
    )
    probs = tf.nn.softmax(tf.constant(problem.values.reshape(problem.shape)))
    image = tf.constant(problem.images)
    function = tf.function(layer, jit_compile=compiled)
    return lambda: function(probs, image)


def make_copy(megabytes: int) -> Contestant:
    """Makes an op of the GPU that reads and writes as many bytes as a copy."""
    with tf.device("GPU"):
        source = tf.ones([megabytes * 250_000])
        negative = tf.function(tf.negative)
    return on_device(lambda: negative(source), "GPU")
