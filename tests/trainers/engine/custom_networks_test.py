"""Networks of the user's own code, in all programs."""

import sys

import keras
import pytest
from toy_folder import write_folder

from tests.trainers.tiny_run import assert_one_line, call
from trainers import evaluate, export, predict, scribble
from trainers.engine.custom_networks import build_custom
from trainers.errors import UserError

CODE = """
import keras

@keras.saving.register_keras_serializable(package="mine")
class Half(keras.layers.Layer):
    def call(self, x):
        return x / 2

def network(num_classes, weights=None, activation="softmax"):
    image = keras.Input((None, None, 3))
    x = Half()(image)
    x = keras.layers.Rescaling(1 / 127.5)(x)
    x = keras.layers.Conv2D(num_classes, 3, padding="same", activation=activation)(x)
    return keras.Model(image, x, name=f"mine_{weights}")

def logits(num_classes):
    return network(num_classes, activation=None)

def fixed(num_classes):
    image = keras.Input((32, 32, 3))
    return keras.Model(image, network(num_classes)(image))

def smaller(num_classes):
    image = keras.Input((None, None, 3))
    probs = network(num_classes)(image)
    return keras.Model(image, keras.layers.AveragePooling2D(2)(probs))

def broken(num_classes):
    raise ValueError("no weights here")

def nothing(num_classes):
    return None
"""


@pytest.fixture
def code(tmp_path, monkeypatch):
    (tmp_path / "my_networks.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("my_networks", None)
    keras.saving.get_custom_objects().pop("mine>Half", None)


def test_a_function_builds_the_network(code):
    network = build_custom("my_networks:network", 4, None)
    assert network.output_shape == (None, None, None, 4)
    assert build_custom("my_networks:network", 4, "a.keras").name == "mine_a.keras"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere:network", "cannot import 'nowhere'"),
        ("my_networks:nothing_there", "has no such function"),
        ("my_networks:broken", "ValueError: no weights here"),
        ("my_networks:nothing", "Received: <class 'NoneType'>"),
        ("my_networks:fixed", "Received: shapes"),
        ("my_networks:smaller", r"gave \(1, 16, 17, 3\)"),
        ("my_networks:logits", "end with a softmax"),
    ],
)
def test_another_network_is_one_sentence(code, name, message):
    with pytest.raises(UserError, match=message):
        build_custom(name, 3, None)


def test_all_programs_take_such_a_network(code, tmp_path):
    folder = write_folder(tmp_path / "data", 4)
    images = {"dataset": "folder", "data_dir": folder}
    short = {"phase1_epochs": 1, "phase2_epochs": 0, "batch_size": 2}
    mine = {"model": "my_networks:network"}
    result = call(scribble, output_dir=tmp_path / "run", **mine, **images, **short)
    assert result[0] == 0, result
    assert_one_line(
        call(scribble, output_dir=tmp_path / "run", **images, **short), "--model"
    )
    run = {"checkpoint": tmp_path / "run", "modules": "my_networks"}
    for program, flags in (
        (evaluate, {**run, **images}),
        (export, run),
        (
            predict,
            {"saved_model": tmp_path / "run", "input_dir": folder / "images"}
            | {"modules": "my_networks"},
        ),
    ):
        name = program.__name__.rpartition(".")[2]
        result = call(program, output_dir=tmp_path / name, **flags)
        assert result[0] == 0, result
