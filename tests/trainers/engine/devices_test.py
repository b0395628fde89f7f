"""Tests of trainers/engine/devices.py; several workers are in processes_test.py."""

import pytest
import tensorflow as tf

from trainers.engine.devices import (
    barrier,
    is_chief,
    lost_worker_named,
    make_strategy,
)
from trainers.errors import TrainingError, UserError


def test_one_device_is_the_default_without_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    strategy = make_strategy()
    assert strategy.num_replicas_in_sync == 1
    assert is_chief(strategy)
    barrier(strategy)  # Nobody to wait for.


def test_mirrored_takes_all_devices():
    strategy = make_strategy("mirrored")
    assert strategy.num_replicas_in_sync == len(tf.config.list_logical_devices("CPU"))
    assert is_chief(strategy)
    barrier(strategy)


def test_several_workers_need_to_know_each_other(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UserError, match="needs the environment variable TF_CONFIG"):
        make_strategy("multi_worker")


@pytest.mark.parametrize(
    "config",
    [
        "{",
        "3",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
    ],
)
def test_a_wrong_tf_config_is_a_sentence(monkeypatch, config):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UserError, match=r"such as .* Received: ") as error:
        make_strategy()
    assert str(error.value).endswith(config)


def cluster_of_three(index):
    cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:2", "c:3"]})
    return tf.distribute.cluster_resolver.SimpleClusterResolver(
        cluster, task_type="worker", task_id=index
    )


@pytest.mark.parametrize(
    "message, lost",
    [
        ("from remote target /job:worker/replica:0/task:2 while", "worker 2 (c:3)"),
        ("Error reported from /job:worker/task:0: crashed", "worker 0 (a:1)"),
        ("/job:worker/task:1 of this process", "worker 0 (a:1) or worker 2 (c:3)"),
        ("Connection reset by peer", "worker 0 (a:1) or worker 2 (c:3)"),
    ],
)
def test_a_lost_worker_is_named(message, lost):
    error = tf.errors.UnavailableError(None, None, message)
    with (
        pytest.raises(TrainingError) as sentence,
        lost_worker_named(cluster_of_three(1)),
    ):
        raise error
    assert str(sentence.value).startswith(
        f"{lost} has ended or does not answer, so worker 1 stops as well."
    )


def test_errors_without_other_workers_stay_as_they_are():
    for resolver in (None, tf.distribute.get_strategy().cluster_resolver):
        with pytest.raises(tf.errors.CancelledError), lost_worker_named(resolver):
            raise tf.errors.CancelledError(None, None, "by hand")
    with pytest.raises(tf.errors.NotFoundError), lost_worker_named(cluster_of_three(0)):
        raise tf.errors.NotFoundError(None, None, "/job:worker/task:1")


def test_an_unknown_strategy_is_refused():
    with pytest.raises(UserError, match="--strategy must be one of"):
        make_strategy("tpu")


@pytest.mark.parametrize(
    "cluster, kind, index, chief",
    [
        ({"worker": ["a:1", "b:1"]}, "worker", 0, True),
        ({"worker": ["a:1", "b:1"]}, "worker", 1, False),
        ({"chief": ["c:1"], "worker": ["a:1"]}, "worker", 0, False),
        ({"chief": ["c:1"], "worker": ["a:1"]}, "chief", 0, True),
    ],
)
def test_one_worker_is_the_chief(cluster, kind, index, chief):
    class OfCluster:
        cluster_resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec(cluster), task_type=kind, task_id=index
        )

    assert is_chief(OfCluster()) == chief
