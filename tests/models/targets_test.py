"""Named targets: the same probabilities under one name for each loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_rloss.models import attach_targets, targets


@pytest.fixture
def segmenter():
    image = keras.Input((None, None, 3), name="image")
    logits = keras.layers.Conv2D(4, 1, name="head_logits")(image)
    probs = keras.layers.Softmax(dtype="float32", name="probs")(logits)
    return keras.Model(image, probs, name="tiny")


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(0, 1, (2, 5, 6, 3)).astype(np.float32)


def test_every_target_gets_the_probabilities_of_the_segmenter(segmenter, image):
    # "image" is the name of the segmenter's input as well.
    model = attach_targets(segmenter, ("scribble", "image"))
    outputs = model(image)
    assert set(outputs) == {"scribble", "image"}
    for probs in outputs.values():
        np.testing.assert_array_equal(probs, segmenter(image))


def test_weights_are_shared(segmenter, image):
    model = attach_targets(segmenter, ["mask"])
    before = segmenter(image)
    assert [w.path for w in model.weights] == [w.path for w in segmenter.weights]
    model.weights[0].assign(model.weights[0] * 2)
    assert not np.allclose(segmenter(image), before)


def test_the_segmenter_stays_free_of_custom_objects(segmenter):
    attach_targets(segmenter, ["mask", "image"])
    assert "tf_rloss" not in segmenter.to_json()


def test_any_batch_height_and_width_is_left_open(segmenter):
    model = attach_targets(segmenter, ["mask"])
    assert model.input_shape == (None, None, None, 3)
    assert [tuple(probs.shape) for probs in model.outputs] == [(None, None, None, 4)]


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_outputs_are_float32_under_any_policy(segmenter, image, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = attach_targets(segmenter, ["mask"])
    finally:
        keras.config.set_dtype_policy(before)
    probs = model(image)["mask"]
    assert probs.dtype == tf.float32
    np.testing.assert_array_equal(probs, segmenter(image))


def test_half_precision_probabilities_become_float32(image):
    inputs = keras.Input((None, None, 3))
    half = keras.layers.Conv2D(2, 1, activation="softmax", dtype="float16")(inputs)
    probs = attach_targets(keras.Model(inputs, half), ["mask"])(image)["mask"]
    assert probs.dtype == tf.float32


@pytest.fixture
def accelerator(monkeypatch):
    """Lets Keras believe in a device for which it would compile with XLA."""
    devices = [*tf.config.list_physical_devices("CPU")]
    devices.append(tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU"))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: devices)


@pytest.mark.usefixtures("accelerator")
def test_xla_is_chosen_only_where_the_op_has_xla_kernels(segmenter, monkeypatch):
    segmenter.compile(optimizer="sgd", jit_compile="auto")
    assert segmenter.jit_compile  # without targets Keras would compile
    for has_kernels in (False, True):
        monkeypatch.setattr(targets, "has_xla_kernels", lambda has=has_kernels: has)
        model = attach_targets(segmenter, ["mask", "image"])
        model.compile(optimizer="sgd", jit_compile="auto")
        assert model.jit_compile is has_kernels


@pytest.mark.usefixtures("accelerator")
def test_the_choice_survives_saving(segmenter, image, tmp_path):
    model = attach_targets(segmenter, ["mask", "image"])
    model.compile(optimizer="sgd", jit_compile="auto")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.jit_compile is model.jit_compile
    for name, probs in loaded(image).items():
        np.testing.assert_array_equal(probs, model(image)[name])


@pytest.mark.parametrize(
    "names", [[], "image", ["image", "image"], ["image", None], [""]], ids=repr
)
def test_wrong_names_are_an_error(segmenter, names):
    with pytest.raises(ValueError, match=r"`names` must be a list of distinct names"):
        attach_targets(segmenter, names)


def test_a_model_with_several_outputs_is_an_error(segmenter):
    model = attach_targets(segmenter, ["mask", "image"])
    with pytest.raises(ValueError, match=r"one input and one output.*2 outputs"):
        attach_targets(model, ["mask"])
