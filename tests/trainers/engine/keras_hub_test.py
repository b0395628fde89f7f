"""The networks of KerasHub in docs/recipes.md are trained and exported."""

import pathlib
import re
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from toy_folder import write_folder

from tests.trainers.tiny_run import call
from tf_rloss import export
from trainers import scribble
from trainers.engine.custom_networks import build_custom

pytest.importorskip("keras_hub", reason="keras-hub is not installed")

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "recipes.md"
NETWORKS = ["deeplab_v3", "segformer"]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The module of the page, for smaller images."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert "SIDE = 512" in code
    (tmp_path / "hub_networks.py").write_text(code.replace("SIDE = 512", "SIDE = 64"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("hub_networks", None)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_saved_and_exported(module, tmp_path, name):
    network = build_custom(f"hub_networks:{name}", 3, None)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    export.save(network, tmp_path / "exported")
    exported = tf.saved_model.load(tmp_path / "exported").signatures["serving_default"]
    image = np.random.default_rng(0).uniform(0, 255, (1, 40, 50, 3)).astype("f4")
    probs = network(image, training=False)
    assert probs.shape == (1, 40, 50, 3)
    np.testing.assert_array_equal(again(image, training=False), probs)
    # Other kernels for the same float32 operations.
    found = exported(image=tf.constant(image))["probabilities"]
    np.testing.assert_allclose(found, probs, atol=1e-4)


def test_a_network_is_trained(module, tmp_path):
    data = write_folder(tmp_path / "data", 4)
    code, _, err = call(
        scribble,
        model="hub_networks:segformer",
        dataset="folder",
        data_dir=data,
        output_dir=tmp_path / "run",
        phase1_epochs=1,
        phase2_epochs=1,
        batch_size=2,
        tensorboard=False,
    )
    assert code == 0, err
    assert (tmp_path / "run" / "last.keras").is_file()
