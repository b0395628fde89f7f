"""TensorFlow in a worker. Importing this module sets TensorFlow's number of threads."""

import os
from collections.abc import Callable

import tensorflow as tf

from benchmarks.harness.contestant import Contestant
from tf_rloss import ops

if "RLOSS_BENCHMARK_THREADS" in os.environ:
    _threads = int(os.environ["RLOSS_BENCHMARK_THREADS"])
    tf.config.threading.set_intra_op_parallelism_threads(_threads)
    tf.config.threading.set_inter_op_parallelism_threads(_threads)


def facts() -> dict:
    """Returns whether TensorFlow sees a GPU, and whether XLA can compile the ops."""
    devices = {device.device_type for device in tf.config.list_physical_devices()}
    return {"gpu": "GPU" in devices, "xla": ops.has_xla_kernels()}


def on_device(call: Callable, device: str, output_bytes: int = 0) -> Contestant:
    """Makes a contestant of a function that runs on a device.

    Args:
        call: takes no arguments and returns tensors.
        device: "CPU" or "GPU".
        output_bytes: size of its result.
    """

    def call_and_wait():
        with tf.device(device):
            result = call()
        if device != "CPU":  # on a CPU the result is complete already
            tf.test.experimental.sync_devices()
        return result

    return Contestant(call_and_wait, output_bytes=output_bytes)
