"""The devices that a run trains on: one, several, or several machines."""

import os

import tensorflow as tf

from ..errors import UserError
from .config import STRATEGIES


def make_strategy(name: str = "auto") -> tf.distribute.Strategy:
    """Builds the strategy; call it before TensorFlow does anything else.

    Args:
        name: "one_device"; "mirrored" for all GPUs (or logical CPUs) of this machine;
            "multi_worker" for the machines that the variable TF_CONFIG names;
            "auto": "multi_worker" where TF_CONFIG is set, else "one_device".

    Raises:
        UserError: for an unknown name, or "multi_worker" without TF_CONFIG.
    """
    if name == "auto":
        name = "multi_worker" if os.environ.get("TF_CONFIG") else "one_device"
    if name == "one_device":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU")
        devices = devices or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if name == "multi_worker":
        if not os.environ.get("TF_CONFIG"):
            raise UserError(
                "--strategy=multi_worker needs the environment variable TF_CONFIG, "
                'such as {"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
                '"task": {"type": "worker", "index": 0}}.'
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    raise UserError(f"--strategy must be one of {STRATEGIES}. Received: {name!r}")


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether this process is the one that writes results."""
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return True
    has_chief = bool(resolver.cluster_spec().as_dict().get("chief"))
    if has_chief:
        return resolver.task_type == "chief"
    return resolver.task_type == "worker" and resolver.task_id == 0


def barrier(strategy: tf.distribute.Strategy) -> None:
    """Waits until every worker has come here."""

    @tf.function
    def meet() -> tf.Tensor:
        ones = strategy.run(lambda: tf.constant(1.0))
        return strategy.reduce(tf.distribute.ReduceOp.SUM, ones, axis=None)

    if strategy.cluster_resolver is not None:
        meet()
