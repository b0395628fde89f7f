"""What filter.py measures of the ops in TensorFlow; made in a worker."""

import functools
import os

from benchmarks.filter_contestants import Contestant, Problem


@functools.cache
def tensorflow():
    """TensorFlow with this worker's number of threads."""
    import tensorflow as tf

    threads = int(os.environ["RLOSS_BENCHMARK_THREADS"])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    return tf


def facts() -> dict:
    """What TensorFlow can do here; the reply to an `ask`."""
    tf = tensorflow()
    from tf_rloss import ops

    devices = {device.device_type for device in tf.config.list_physical_devices()}
    return {
        "version": tf.__version__,
        "gpu": "GPU" in devices,
        "xla": ops.has_xla_kernels(),
    }


def finished(call, device):
    """`call` on a device; returns when the result is there."""
    tf = tensorflow()
    if device == "CPU":  # where it is there as soon as the call returns
        return call

    def call_and_wait():
        result = call()
        tf.test.experimental.sync_devices()
        return result

    return call_and_wait


def op(problem, device="CPU", kind="symmetric"):
    """The filter as a user calls it, its output allocated anew each time.

    Args:
        problem: arguments of `Problem`.
        device: "CPU" or "GPU".
        kind: "symmetric", "one order", "equalized", "xla", "with features" (of the
            photograph, `bilateral_filter`), "lattice" (construction alone), "ten"
            (filters on one lattice), "mean field" or "mean field, xla" (ten
            iterations, two kernels).
    """
    tf = tensorflow()
    problem = Problem(**problem)
    make = {
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
        call = finished(make(tf, problem), device)

    def on_device():
        with tf.device(device):
            return call()

    return Contestant(on_device, output_bytes=problem.output_bytes)


def _filter(tf, problem, symmetric=True, equalized=False, compiled=False):
    from tf_rloss import ops

    values, features = tf.constant(problem.values), tf.constant(problem.features)
    ops.permutohedral_filter(values[:, :1], features[:, :1])  # loads the library
    function = functools.partial(
        ops.permutohedral_filter, symmetric=symmetric, equalized=equalized
    )
    if compiled:
        function = tf.function(function, jit_compile=True)
    return lambda: function(values, features)


def _bilateral(tf, problem):
    from tf_rloss import ops

    shape = (problem.batch, problem.height, problem.width, problem.channels)
    values = tf.constant(problem.values.reshape(shape))
    image = tf.constant(problem.images)
    bandwidths = {"sigma_xy": problem.sigma_xy, "sigma_rgb": problem.sigma_rgb}
    return lambda: ops.bilateral_filter(values, image, **bandwidths)


def _lattice(tf, problem):
    from tf_rloss import ops

    features = tf.constant(problem.features)
    return lambda: ops.PermutohedralLattice(features)


def _ten_filters(tf, problem):
    from tf_rloss import ops

    values, features = tf.constant(problem.values), tf.constant(problem.features)

    def call():
        lattice = ops.PermutohedralLattice(features)
        filtered = values
        for _ in range(10):
            filtered = lattice.filter(filtered, symmetric=True)
        return filtered

    return call


def _mean_field(tf, problem, compiled=False):
    from tf_rloss import layers

    # The same kernels and weights as those of filter_contestants.pydensecrf.
    layer = layers.DenseCRF(
        num_iterations=10,
        bilateral_weight=10.0,
        sigma_xy=problem.sigma_xy,
        sigma_rgb=problem.sigma_rgb,
        spatial_weight=3.0,
        spatial_sigma_xy=3.0,
    )
    shape = (problem.batch, problem.height, problem.width, problem.channels)
    probs = tf.nn.softmax(tf.constant(problem.values.reshape(shape)))
    image = tf.constant(problem.images)
    function = tf.function(layer, jit_compile=compiled)
    return lambda: function(probs, image)


def device_copy(megabytes):
    """Reads and writes as much as copying would, on the GPU."""
    tf = tensorflow()
    with tf.device("GPU"):
        source = tf.ones([megabytes * 250_000])
        negative = tf.function(tf.negative)

        def call():
            with tf.device("GPU"):
                negative(source)

        return Contestant(finished(call, "GPU"))
