"""Tests of loading weights from files."""

import logging
import re

import h5py
import keras
import numpy as np
import pytest

from tf_rloss.models.weights import load_weights, read_weights


def _network(classes=3, width=4, head="head_logits"):
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Conv2D(width, 3, name="backbone_conv")(image)
    x = keras.layers.BatchNormalization(name="backbone_norm")(x)
    x = keras.layers.Conv2D(classes, 1, name=head)(x)
    return keras.Model(image, x, name="little")


@pytest.fixture
def source():
    keras.utils.set_random_seed(3)
    return _network()


def _trunk(model):
    return keras.Model(model.input, model.get_layer("backbone_norm").output)


def _assert_same(model, source, layers):
    for name in layers:
        received = model.get_layer(name).get_weights()
        expected = source.get_layer(name).get_weights()
        for one, other in zip(received, expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("file", ["a.keras", "a.weights.h5", "a.h5"])
def test_segmenter_takes_all_layers_of_a_file(source, tmp_path, file):
    save = source.save_weights if file.endswith(".weights.h5") else source.save
    save(tmp_path / file)
    model = _network()
    load_weights(model, tmp_path / file)
    _assert_same(model, source, ["backbone_conv", "backbone_norm", "head_logits"])


def test_arrays_are_found_after_training(source, tmp_path):
    """The optimizer's arrays, in the same file, are not mistaken for layers."""
    source.compile("adam", "mse")
    source.fit(np.zeros((1, 8, 8, 3)), np.zeros((1, 6, 6, 3)), verbose=0)
    source.save(tmp_path / "a.keras")
    found = read_weights(tmp_path / "a.keras")
    assert sorted(found) == ["backbone_conv", "backbone_norm", "head_logits"]


def test_weights_file_of_keras_2_is_read(tmp_path):
    """The format of the files which keras.applications downloads."""
    kernel = np.arange(3 * 3 * 3 * 4, dtype=np.float32).reshape(3, 3, 3, 4)
    with h5py.File(tmp_path / "notop.h5", "w") as file:
        file.attrs["layer_names"] = [b"input_1", b"backbone_conv"]
        file.create_group("input_1").attrs["weight_names"] = []
        group = file.create_group("backbone_conv")
        group.attrs["weight_names"] = [b"conv/kernel:0", b"conv/bias:0"]
        group["conv/kernel:0"] = kernel
        group["conv/bias:0"] = np.ones(4, np.float32)
    model = _network()
    conv = keras.Model(model.input, model.get_layer("backbone_conv").output)
    load_weights(model, tmp_path / "notop.h5", backbone=conv)
    received, bias = model.get_layer("backbone_conv").get_weights()
    np.testing.assert_array_equal(received, kernel)
    np.testing.assert_array_equal(bias, np.ones(4))


def test_backbone_file_leaves_the_head_alone(source, tmp_path):
    _trunk(source).save(tmp_path / "trunk.keras")
    model = _network(classes=7)
    before = model.get_layer("head_logits").get_weights()
    load_weights(model, tmp_path / "trunk.keras", backbone=_trunk(model))
    _assert_same(model, source, ["backbone_conv", "backbone_norm"])
    np.testing.assert_array_equal(
        model.get_layer("head_logits").get_weights()[0], before[0]
    )


def test_number_of_layers_filled_is_logged(source, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="tf_rloss")
    _trunk(source).save(tmp_path / "trunk.keras")
    model = _network()
    load_weights(model, tmp_path / "trunk.keras", backbone=_trunk(model))
    path = tmp_path / "trunk.keras"
    assert caplog.messages == [f"2 of 3 layers of little filled from {path}"]


def test_layer_of_another_shape_is_named_and_nothing_is_set(source, tmp_path):
    source.save(tmp_path / "a.keras")
    model = _network(classes=5)
    before = model.get_weights()
    expected = r"head_logits` has \[\(1, 1, 4, 3\), .* expected \[\(1, 1, 4, 5\)"
    with pytest.raises(ValueError, match=expected):
        load_weights(model, tmp_path / "a.keras")
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_missing_layer_is_named(source, tmp_path):
    source.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="no layer `head_other`"):
        load_weights(_network(head="head_other"), tmp_path / "a.keras")


def test_backbone_file_for_a_network_without_backbone_is_refused(source, tmp_path):
    _network(head="classifier").save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="must be a file of the segmenter little"):
        load_weights(source, tmp_path / "a.keras")


def test_missing_and_broken_files_are_named(source, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.keras"):
        load_weights(source, tmp_path / "nowhere.keras")
    for name in ("broken.keras", "broken.weights.h5"):
        (tmp_path / name).write_bytes(b"not weights")
        with pytest.raises(ValueError, match=re.escape(name)):
            load_weights(source, tmp_path / name)
