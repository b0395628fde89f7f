"""Tests of trainers/engine/devices.py; several workers are in processes_test.py."""

import pytest
import tensorflow as tf

from trainers.engine.devices import barrier, is_chief, make_strategy
from trainers.errors import UserError


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
