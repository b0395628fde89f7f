"""Every Keras class of the package survives the way through its configuration.

Classes are found by the lists of public names and by Keras' register, so that a new
one cannot be forgotten: it needs its arguments in `keras_examples`.
"""

import inspect
import json

import keras
import numpy as np
import pytest

import tf_rloss
from tests.keras_examples import ARGUMENTS


def keras_classes() -> set[type]:
    """All classes that can be saved within a Keras model."""
    packages = [getattr(tf_rloss, name) for name in tf_rloss.__all__]
    public = [getattr(p, name) for p in packages for name in getattr(p, "__all__", ())]
    found = {c for c in public if isinstance(c, type) and hasattr(c, "get_config")}
    registered = keras.saving.get_custom_objects().items()
    return found | {c for key, c in registered if key.startswith("tf_rloss>")}


def own_arguments(cls: type) -> dict[str, inspect.Parameter]:
    """The arguments that a class takes by name, beside those of its base in Keras."""
    if "__init__" not in vars(cls):
        return {}
    parameters = inspect.signature(cls).parameters
    named = {n: p for n, p in parameters.items() if p.kind is not p.VAR_KEYWORD}
    return {name: p for name, p in named.items() if p.kind is not p.VAR_POSITIONAL}


def test_every_class_has_an_example():
    assert set(ARGUMENTS) == keras_classes()


@pytest.mark.parametrize("cls", ARGUMENTS, ids=lambda cls: cls.__name__)
def test_the_example_leaves_no_argument_at_its_default(cls):
    for name, parameter in own_arguments(cls).items():
        assert np.any(ARGUMENTS[cls][name] != parameter.default), name


@pytest.mark.parametrize("cls", ARGUMENTS, ids=lambda cls: cls.__name__)
def test_every_argument_is_an_attribute_and_in_the_config(cls):
    one = cls(**ARGUMENTS[cls])
    config = one.get_config()
    for name, value in ARGUMENTS[cls].items():
        assert name in config
        if name in own_arguments(cls):
            np.testing.assert_array_equal(getattr(one, name), value)


@pytest.mark.parametrize("cls", ARGUMENTS, ids=lambda cls: cls.__name__)
def test_config_round_trip_keeps_every_argument(cls):
    one = cls(**ARGUMENTS[cls])
    text = json.dumps(keras.saving.serialize_keras_object(one))
    config = json.loads(text)
    assert config["registered_name"] == f"tf_rloss>{cls.__name__}"
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is cls
    assert copy.get_config() == one.get_config()
    assert cls.from_config(one.get_config()).get_config() == one.get_config()


@pytest.mark.parametrize("name", tf_rloss.losses.__all__)
def test_options_of_losses_are_keyword_only(name):
    cls = getattr(tf_rloss.losses, name)
    if isinstance(cls, type):
        kinds = {p.kind for p in inspect.signature(cls).parameters.values()}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}
