"""The devices that a run trains on: one, several, or several machines."""

import contextlib
import os
import re
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ..errors import TrainingError, UserError
from .config import STRATEGIES

Resolver = tf.distribute.cluster_resolver.ClusterResolver
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)
"""Errors of TensorFlow for a worker that has ended, or does not answer."""


def make_strategy(name: str = "auto") -> tf.distribute.Strategy:
    """Builds the strategy; call it before TensorFlow does anything else.

    Args:
        name: "one_device"; "mirrored" for all GPUs (or logical CPUs) of this machine;
            "multi_worker" for the machines that the variable TF_CONFIG names;
            "auto": "multi_worker" where TF_CONFIG is set, else "one_device".

    Raises:
        UserError: for an unknown name, or "multi_worker" without a right TF_CONFIG.
        TrainingError: if another worker does not come.
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
        resolver = _read_cluster()
        with lost_worker_named(resolver):
            return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
    raise UserError(f"--strategy must be one of {STRATEGIES}. Received: {name!r}")


def _read_cluster() -> Resolver:
    """Returns the workers that TF_CONFIG names, of which this process is one.

    Raises:
        UserError: if it is missing or wrong.
    """
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    try:
        workers = resolver.cluster_spec().as_dict()
        is_one = resolver.task_id < len(workers[resolver.task_type])
    except (ValueError, TypeError, KeyError, AttributeError):
        is_one = False
    if not is_one:
        received = os.environ.get("TF_CONFIG", "no TF_CONFIG")
        raise UserError(
            "--strategy=multi_worker needs the environment variable TF_CONFIG, such "
            'as {"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": '
            f'{{"type": "worker", "index": 0}}}}. Received: {received:.200}'
        )
    return resolver


@contextlib.contextmanager
def lost_worker_named(resolver: Resolver | None) -> Iterator[None]:
    """Turns TensorFlow's errors for a lost worker into one sentence.

    Args:
        resolver: the workers; None where there are no others.

    Raises:
        TrainingError: if another worker has ended or does not answer.
    """
    try:
        yield
    except _LOST as error:
        if resolver is None or resolver.task_type is None:
            raise
        own = (resolver.task_type, resolver.task_id)
        others = {
            (job, index): address
            for job, addresses in resolver.cluster_spec().as_dict().items()
            for index, address in enumerate(addresses)
            if (job, index) != own
        }
        named = re.findall(r"/job:(\w+)/(?:replica:\d+/)?task:(\d+)", error.message)
        lost = {(job, int(index)) for job, index in named} & others.keys()
        who = " or ".join(
            f"{job} {index} ({others[job, index]})"
            for job, index in sorted(lost or others)
        )
        raise TrainingError(
            f"{who} has ended or does not answer, so {own[0]} {own[1]} stops as well. "
            "Give the same command on all workers again, which goes on from the last "
            "checkpoint."
        ) from error


def place_of(strategy: tf.distribute.Strategy) -> tuple[int, int]:
    """Returns the place of this process among those that train, and their number.

    The chief, which writes results, has the place 0.
    """
    resolver = strategy.cluster_resolver
    if resolver is None or resolver.task_type is None:
        return 0, 1
    jobs = resolver.cluster_spec().as_dict()
    chiefs, workers = (len(jobs.get(job, ())) for job in ("chief", "worker"))
    before = chiefs if resolver.task_type == "worker" else 0
    return before + resolver.task_id, chiefs + workers


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether this process is the one that writes results."""
    return place_of(strategy)[0] == 0


def sum_over_workers(
    strategy: tf.distribute.Strategy, values: np.ndarray
) -> np.ndarray:
    """Returns the sum of the arrays that all workers give, each by this function.

    Args:
        strategy: the workers.
        values: array of one shape and type on all of them.

    Raises:
        TrainingError: if another worker has ended or does not answer.
    """
    _, count = place_of(strategy)
    if count == 1:
        return values
    replicas = strategy.num_replicas_in_sync // count

    @tf.function
    def total() -> tf.Tensor:
        def own() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            first = context.replica_id_in_sync_group % replicas == 0
            return tf.where(first, values, tf.zeros_like(values))

        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(own), axis=None)

    with lost_worker_named(strategy.cluster_resolver):
        return total().numpy()


def barrier(strategy: tf.distribute.Strategy) -> None:
    """Waits until every worker has come here."""
    sum_over_workers(strategy, np.ones((), np.float32))
